/*
 * The floor under an event: the least that can wait for a card. For each card that comes into the reader it prints the
 * time, in nanoseconds since 1970, at which PC/SC told it so.
 *
 *   watch READER
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <winscard.h>

static void must(LONG result, const char *what)
{
	if (result != SCARD_S_SUCCESS) {
		fprintf(stderr, "watch: %s: %s\n", what, pcsc_stringify_error(result));
		exit(1);
	}
}

static long long now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv)
{
	SCARDCONTEXT context;
	if (argc < 2)
		return 2;
	must(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context), "establish");
	SCARD_READERSTATE state = {.szReader = argv[1], .dwCurrentState = SCARD_STATE_UNAWARE};
	for (;;) {
		DWORD before = state.dwCurrentState;
		must(SCardGetStatusChange(context, INFINITE, &state, 1), "wait");
		long long told = now();
		state.dwCurrentState = state.dwEventState;
		if ((state.dwEventState & SCARD_STATE_PRESENT) && !(before & SCARD_STATE_PRESENT)) {
			printf("%lld\n", told);
			fflush(stdout);
		}
	}
}
