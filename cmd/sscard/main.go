// Command sscard is a card terminal for Chinese social security cards: the daemon of the counter PC and the
// technician's command line in one program. It is the only place that wires the layers together.
//
// People are spoken to on standard error, as "sscard: error: …" and "sscard: hint: …"; what was asked for goes to
// standard output, as one JSON document with --json. The exit status tells the kind of failure (package apitype).
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(run(untilSignal(), os.Args[1:], os.Stdout, os.Stderr)) }

// untilSignal ends with the first signal to end. The next one finds nobody who would hear it, and ends the program at once.
func untilSignal() context.Context {
	ctx, end := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		signal.Stop(signals)
		end()
	}()
	return ctx
}

// run is the program; tests call it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	p := &program{stdout: stdout, stderr: stderr, lang: askedLanguage(args)}
	root := p.root()
	root.SetArgs(args)
	return p.exit(root.ExecuteContext(ctx))
}
