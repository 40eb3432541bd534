# make run    build, and read software cards of every generation through a real pcscd (ONCE=1: end by itself)
# make test   everything, the real stack and the race detector included
# make load   200 callers at one reader for 60 s, then eight readers for 10 min with the race detector; prints the figures
# make pictures  those of the page in docs/pictures, taken anew
# make bench  our ways to read beside programs in C and Python, in one run: the table of docs/performance.md
# make fuzz   each fuzz target for FUZZTIME
# make check  what CI checks besides the tests
# make man  the manual pages in bin/man, Chinese and English; make completions: for bash, zsh and fish in bin/completions
# make lib    the C library in bin/lib, and the DLLs where there is mingw-w64 (LIB=1: install it)

GO       ?= go
FUZZTIME ?= 10s

.PHONY: run test pictures load bench fuzz check build lib man completions deps

run: build
	./bin/sscard demo --pcscd $(if $(ONCE),--once)

build: deps
	$(GO) build -o bin/sscard ./cmd/sscard

lib: deps
	GO=$(GO) cmd/libsscard/build bin/lib

man: build
	rm -rf bin/man
	./bin/sscard man bin/man

# By the names that the shells look for.
completions: build
	mkdir -p bin/completions
	./bin/sscard --lang en completion bash >bin/completions/sscard
	./bin/sscard --lang en completion zsh >bin/completions/_sscard
	./bin/sscard --lang en completion fish >bin/completions/sscard.fish

# required: a test that finds no pcscd, or no browser, fails instead of being left out.
test:
	TEST=1 .ci/deps
	cd clients/js && npm ci --no-audit --no-fund && npm test
	SSCARD_REAL_STACK=required SSCARD_BROWSER=required $(GO) test -race -parallel 8 ./... ./testdata

pictures:
	TEST=1 .ci/deps
	mkdir -p docs/pictures
	SSCARD_REAL_STACK=required SSCARD_BROWSER=required SSCARD_PICTURES=$(CURDIR)/docs/pictures \
		$(GO) test -count=1 -run '^TestPictures$$' ./cmd/sscard

load: deps
	SSCARD_REAL_STACK=required SSCARD_LOAD=60s $(GO) test -v -count=1 -run TestLoadOnOneReader ./cmd/sscard
	SSCARD_REAL_STACK=required SSCARD_LOAD=10m $(GO) test -v -count=1 -race -timeout 20m -run TestLoadOnEightReaders ./cmd/sscard

bench:
	BENCH=1 .ci/deps
	GO=$(GO) cmd/libsscard/build bin/lib linux
	SSCARD_BENCH_LIBRARY=$(CURDIR)/bin/lib/libsscard.so SSCARD_BENCH_TABLE=$(CURDIR)/bin/bench.md SSCARD_REAL_STACK=required \
		$(GO) test -count=1 -timeout 30m -benchtime 20x -run '^TestContest$$' ./cmd/sscard
	cat bin/bench.md
	$(GO) test -run '^$$' -bench . ./sm ./terminal/profile

fuzz:
	.ci/fuzz $(FUZZTIME)

check:
	.ci/check

deps:
	.ci/deps
