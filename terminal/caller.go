package terminal

import "context"

// Caller is for whom a use case runs. It travels in the context: the audit log names it, and what one caller has begun
// another does not end.
type Caller struct {
	Origin    string // of a web page, as the browser sends it; empty: a program
	User      string // of a program: "token" over HTTP, "console" for our page with a session, else the user of this machine whose program it is
	Function  string // the name that was called, where it is not the use case's own
	RequestID string
}

type callerKey struct{}

// WithCaller has what runs under ctx run for the caller.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerOf is for whom what runs under ctx runs.
func CallerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}

// Name tells callers apart.
func (c Caller) Name() string {
	if c.Origin != "" {
		return c.Origin
	}
	return c.User
}
