/*
 * A counter program that reads with the C library: for each line on standard input it calls iReadCardBas and prints the
 * nanoseconds it took. The library is loaded as counter programs load it, by its name.
 *
 *   library PATH TYPE
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static long long now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv)
{
	char line[16], out[4096];
	if (argc < 3)
		return 2;
	void *library = dlopen(argv[1], RTLD_NOW);
	if (!library) {
		fprintf(stderr, "library: %s\n", dlerror());
		return 1;
	}
	long (*read_card)(int, char *) = (long (*)(int, char *))dlsym(library, "iReadCardBas");
	while (fgets(line, sizeof line, stdin)) {
		long long start = now();
		long result = read_card(atoi(argv[2]), out);
		long long took = now() - start;
		if (result) {
			fprintf(stderr, "library: %ld\n", result);
			return 1;
		}
		printf("%lld\n", took);
		fflush(stdout);
	}
	return 0;
}
