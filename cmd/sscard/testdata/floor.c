/*
 * The floor under a reading: the same commands, sent by the least that can send them. For each line on standard
 * input it connects to the reader, sends the commands in a transaction, and prints the nanoseconds it took.
 *
 *   floor READER COMMAND...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <winscard.h>

static void must(LONG result, const char *what)
{
	if (result != SCARD_S_SUCCESS) {
		fprintf(stderr, "floor: %s: %s\n", what, pcsc_stringify_error(result));
		exit(1);
	}
}

static DWORD unhex(const char *text, BYTE *bytes)
{
	DWORD n = 0;
	for (unsigned byte; sscanf(text, "%2x", &byte) == 1; text += 2)
		bytes[n++] = (BYTE)byte;
	return n;
}

static long long now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void read_card(SCARDCONTEXT context, const char *reader, char **commands)
{
	SCARDHANDLE card;
	DWORD protocol;
	must(SCardConnect(context, reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card, &protocol), "connect");
	must(SCardBeginTransaction(card), "begin");
	for (; *commands; commands++) {
		BYTE command[512], response[512];
		DWORD length = sizeof response;
		must(SCardTransmit(card, protocol == SCARD_PROTOCOL_T1 ? SCARD_PCI_T1 : SCARD_PCI_T0,
				   command, unhex(*commands, command), NULL, response, &length), "transmit");
	}
	must(SCardEndTransaction(card, SCARD_LEAVE_CARD), "end");
	must(SCardDisconnect(card, SCARD_LEAVE_CARD), "disconnect");
}

int main(int argc, char **argv)
{
	SCARDCONTEXT context;
	char line[16];
	if (argc < 3)
		return 2;
	must(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context), "establish");
	while (fgets(line, sizeof line, stdin)) {
		long long start = now();
		read_card(context, argv[1], argv + 2);
		printf("%lld\n", now() - start);
		fflush(stdout);
	}
	must(SCardReleaseContext(context), "release");
	return 0;
}
