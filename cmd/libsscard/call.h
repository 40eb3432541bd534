/* What sscard.c hands to the Go side. */
#ifndef SSCARD_CALL_H
#define SSCARD_CALL_H

#include <stddef.h>

/* One parameter: a text in a buffer of size bytes or, where size is 0, a number. */
typedef struct {
	const char *text;
	size_t size;
	int number;
} sscardParam;

#endif
