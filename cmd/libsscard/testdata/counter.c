/*
 * A counter program: each line of standard input is a call, the function's name and its parameters with tabs
 * between them; each line of standard output is what came of it, the number, a tab and pOutInfo. As "counter THREADS
 * TIMES" it makes the one call of its input so often and from so many threads at once.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include "functions.h"

static int times = 1;
static char line[3 * SSCARD_FILES_SIZE];

static const struct function *parse(char *rest, int *numbers, char **texts)
{
	char *name = strsep(&rest, "\t");
	for (size_t i = 0; i < COUNT(functions); i++) {
		if (strcmp(functions[i].name, name))
			continue;
		for (const char *kind = functions[i].shape; *kind; kind++) {
			char *value = strsep(&rest, "\t");
			if (*kind == 'n')
				*numbers++ = value ? atoi(value) : 0;
			else
				*texts++ = value;
		}
		return &functions[i];
	}
	fprintf(stderr, "counter: no function %s\n", name);
	exit(2);
}

static const struct function *function;
static int numbers[2];
static char *texts[3];

static void *work(void *unused)
{
	(void)unused;
	for (int i = 0; i < times; i++) {
		char out[SSCARD_FILES_SIZE] = "";
		long number = call(function, numbers, texts, out);
		printf("%ld\t%s\n", number, out);
		fflush(stdout);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int many = argc == 3 ? atoi(argv[1]) : 1;
	pthread_t threads[64];
	if (argc == 3)
		times = atoi(argv[2]);
	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = 0;
		function = parse(line, numbers, texts);
		for (int i = 0; i < many; i++)
			pthread_create(&threads[i], NULL, work, NULL);
		for (int i = 0; i < many; i++)
			pthread_join(threads[i], NULL);
	}
	return 0;
}
