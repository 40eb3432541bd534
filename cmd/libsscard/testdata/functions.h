/* The functions of sscard.h as a table: what a test program calls by name. */
#include <string.h>
#include "sscard.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* shape has a letter a parameter, pOutInfo left out: n number, t text, f file address or data. */
static const struct function {
	const char *name, *shape;
	void (*entry)(void);
	size_t out;
} functions[] = {
#define FUNCTION(name, shape, out) {#name, shape, (void (*)(void))name, out}
	FUNCTION(iReadCardBas, "n", SSCARD_BASIC_SIZE),
	FUNCTION(iReadCardBas_HSM_Step1, "n", SSCARD_BASIC_SIZE),
	FUNCTION(iReadCardBas_HSM_Step2, "t", SSCARD_BASIC_SIZE),
	FUNCTION(iReadCard, "nntf", SSCARD_FILES_SIZE),
	FUNCTION(iReadCard_HSM_Step1, "ntf", SSCARD_FILES_SIZE),
	FUNCTION(iReadCard_HSM_Step2, "t", SSCARD_FILES_SIZE),
	FUNCTION(iWriteCard, "ntff", SSCARD_FILES_SIZE),
	FUNCTION(iWriteCard_HSM_Step1, "ntf", SSCARD_FILES_SIZE),
	FUNCTION(iWriteCard_HSM_Step2, "tf", SSCARD_FILES_SIZE),
	FUNCTION(iVerifyPIN, "n", SSCARD_PIN_SIZE),
	FUNCTION(iChangePIN, "n", SSCARD_PIN_SIZE),
	FUNCTION(iReloadPIN, "nt", SSCARD_PIN_SIZE),
	FUNCTION(iReloadPIN_HSM_Step1, "nt", SSCARD_PIN_SIZE),
	FUNCTION(iReloadPIN_HSM_Step2, "t", SSCARD_PIN_SIZE),
	FUNCTION(iReloadPIN_HSM_Step3, "t", SSCARD_PIN_SIZE),
	FUNCTION(iUnblockPIN, "nt", SSCARD_PIN_SIZE),
	FUNCTION(iUnblockPIN_HSM_Step1, "nt", SSCARD_PIN_SIZE),
	FUNCTION(iUnblockPIN_HSM_Step2, "t", SSCARD_PIN_SIZE),
	FUNCTION(iUnblockPIN_HSM_Step3, "t", SSCARD_PIN_SIZE),
	FUNCTION(iDoDebit, "ntt", SSCARD_BASIC_SIZE),
	FUNCTION(iDoDebit_HSM_Step1, "ntt", SSCARD_BASIC_SIZE),
	FUNCTION(iDoDebit_HSM_Step2, "t", SSCARD_BASIC_SIZE),
	FUNCTION(iReadDebitRecord, "n", SSCARD_RECORD_SIZE),
};

static long call(const struct function *f, const int *n, char *const *t, char *out)
{
	char shape[8] = ""; /* without what kind of text it is */
	for (size_t i = 0; f->shape[i]; i++)
		shape[i] = f->shape[i] == 'n' ? 'n' : 't';
#define AS(...) ((long(SSCARD_CALL *)(__VA_ARGS__, char *))f->entry)
	if (!strcmp(shape, "n"))
		return AS(int)(n[0], out);
	if (!strcmp(shape, "t"))
		return AS(char *)(t[0], out);
	if (!strcmp(shape, "tt"))
		return AS(char *, char *)(t[0], t[1], out);
	if (!strcmp(shape, "nt"))
		return AS(int, char *)(n[0], t[0], out);
	if (!strcmp(shape, "ntt"))
		return AS(int, char *, char *)(n[0], t[0], t[1], out);
	if (!strcmp(shape, "nttt"))
		return AS(int, char *, char *, char *)(n[0], t[0], t[1], t[2], out);
	if (!strcmp(shape, "nntt"))
		return AS(int, int, char *, char *)(n[0], n[1], t[0], t[1], out);
	return 1;
}
