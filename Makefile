# make run    build, and read software cards of every generation through a real pcscd (ONCE=1: end by itself)
# make test   everything, the real stack and the race detector included
# make bench  our read beside a C program that sends the same commands, in one run
# make load   200 callers at one reader for a minute, and eight readers with cards coming and going for ten, over a real pcscd
# make fuzz   each fuzz target for FUZZTIME
# make check  what CI checks besides the tests
# make lib    the C library in bin/lib, and the DLLs where there is mingw-w64 (LIB=1: install it)

GO       ?= go
FUZZTIME ?= 10s

.PHONY: run test bench load fuzz check build lib deps

run: build
	./bin/sscard demo --pcscd $(if $(ONCE),--once)

build: deps
	$(GO) build -o bin/sscard ./cmd/sscard

lib: deps
	GO=$(GO) cmd/libsscard/build bin/lib

# SSCARD_REAL_STACK: a test that finds no pcscd fails instead of being left out.
test: deps
	SSCARD_REAL_STACK=required $(GO) test -race -parallel 8 ./... ./testdata

bench: deps
	SSCARD_REAL_STACK=required $(GO) test -run '^$$' -bench . ./cmd/sscard ./sm ./terminal/profile

load: deps
	SSCARD_REAL_STACK=required SSCARD_LOAD=60s $(GO) test -race -count=1 -v -run TestLoadOfOneReader ./cmd/sscard
	SSCARD_REAL_STACK=required SSCARD_LOAD=10m $(GO) test -race -count=1 -v -timeout 20m -run TestLoadOfAHall ./cmd/sscard

fuzz:
	.ci/fuzz $(FUZZTIME)

check:
	.ci/check

deps:
	.ci/deps
