/*
 * Calls every function with what no caller should give it, in buffers that end where memory ends. A line of standard
 * output for each: the function, the case, the number and pOutInfo, with tabs between them.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "functions.h"

/* size_of is how long a text of the kind may be. */
static size_t size_of(char kind) { return kind == 't' ? SSCARD_TEXT_SIZE : SSCARD_FILES_SIZE; }

/* guarded gives size bytes with nothing after them. */
static char *guarded(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), whole = (size + page - 1) / page * page;
	char *memory = mmap(NULL, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED || mprotect(memory + whole, page, PROT_NONE))
		abort();
	return memory + whole - size;
}

static char *text(const char *s)
{
	char *copy = guarded(strlen(s) + 1);
	return strcpy(copy, s);
}

/* filled is size bytes without an end. */
static char *filled(size_t size)
{
	return memset(guarded(size), '7', size);
}

static char *overlong(size_t size)
{
	char *s = filled(size + 100);
	s[size + 99] = 0;
	return s;
}

static void try(const struct function *f, const char *title, const int *n, char *const *t)
{
	char *out = memset(guarded(f->out), 0xAA, f->out);
	long number = call(f, n, t, out);
	size_t length = strnlen(out, f->out);
	for (size_t i = length + 1; i < f->out; i++)
		if (out[i] != (char)0xAA) {
			title = "pOutInfo is written beyond its end";
			break;
		}
	printf("%s\t%s\t%ld\t%.*s\n", f->name, title, number, (int)length, out);
	fflush(stdout);
}

int main(void)
{
	char *one = text("7"), *empty = text(""), *odd = text("\x81\xFF|");
	char *const ones[] = {one, one, one}, *const empties[] = {empty, empty, empty}, *const odds[] = {odd, odd, odd};
	const int contact[] = {1, 1}, types[][2] = {{0, 0}, {-1, 1}, {5, 2}, {2147483647, 1}};

	for (const struct function *f = functions; f < functions + COUNT(functions); f++) {
		printf("%s\tNULL pOutInfo\t%ld\t\n", f->name, call(f, contact, ones, NULL));
		try(f, "short", contact, ones);
		try(f, "empty", contact, empties);
		try(f, "not GBK", contact, odds);
		for (size_t i = 0; i < COUNT(types); i++)
			try(f, "iType", types[i], ones);
		int i = 0;
		for (const char *kind = f->shape; *kind; kind++) {
			if (*kind == 'n')
				continue;
			char *t[] = {one, one, one};
			t[i] = NULL;
			try(f, "NULL", contact, t);
			t[i] = filled(size_of(*kind));
			try(f, "unterminated", contact, t);
			t[i] = overlong(size_of(*kind));
			try(f, "over-long", contact, t);
			t[i] = filled(size_of(*kind));
			t[i][size_of(*kind) - 1] = 0;
			try(f, "longest", contact, t);
			i++;
		}
	}
	return 0;
}
