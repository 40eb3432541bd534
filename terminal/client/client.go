// Package client calls the daemon of this machine from Go: what the HTTP API offers, with the types of apitype. It
// imports nothing else of this project.
//
// The zero Client calls the daemon at its usual address, where only [Client.Health] is open without a token. A Client
// is safe for concurrent use; its fields must not be changed while it is used.
package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"sscard/terminal/apitype"
)

// DefaultURL is where the daemon listens unless it is told otherwise.
const DefaultURL = "http://127.0.0.1:17420"

// maxAnswer bounds what is taken from the daemon, in bytes.
const maxAnswer = 1 << 20

// Client calls one daemon. What it returns besides [*Error] is about the way to the daemon.
type Client struct {
	BaseURL string       // without a slash at the end; empty: DefaultURL
	Token   string       // what the file "token" in the daemon's state directory holds
	HTTP    *http.Client // nil: http.DefaultClient
}

// Error is the daemon's word that it cannot do what it was asked.
type Error struct{ apitype.Problem }

func (e *Error) Error() string {
	if e.Detail == "" {
		return string(e.Code)
	}
	return string(e.Code) + ": " + e.Detail
}

// Health tells how the daemon is.
func (c *Client) Health(ctx context.Context) (h apitype.Health, err error) {
	err = c.call(ctx, http.MethodGet, "/v1/health", nil, &h)
	return h, err
}

// Version tells which daemon it is.
func (c *Client) Version(ctx context.Context) (v apitype.Version, err error) {
	err = c.call(ctx, http.MethodGet, "/v1/version", nil, &v)
	return v, err
}

// Readers lists the readers and the cards in them.
func (c *Client) Readers(ctx context.Context) ([]apitype.Reader, error) {
	var list apitype.Readers
	err := c.call(ctx, http.MethodGet, "/v1/readers", nil, &list)
	return list.Readers, err
}

// Read reads a card.
func (c *Client) Read(ctx context.Context, request apitype.ReadRequest) (d apitype.ReadDocument, err error) {
	err = c.call(ctx, http.MethodPost, "/v1/read", request, &d)
	return d, err
}

// Verify has a card prove itself genuine. One that is not is an answer, and no error.
func (c *Client) Verify(ctx context.Context, request apitype.VerifyRequest) (v apitype.Verification, err error) {
	err = c.call(ctx, http.MethodPost, "/v1/verify", request, &v)
	return v, err
}

// Function calls a function of 人社信息函〔2016〕38号. Params encodes as a JSON object with the function's own members, such as
// map[string]any{"iType": 3}. What the function itself fails with is in the result.
func (c *Client) Function(ctx context.Context, name string, params any) (r apitype.FunctionResult, err error) {
	err = c.call(ctx, http.MethodPost, "/v1/functions/"+url.PathEscape(name), params, &r)
	return r, err
}

// call sends in, unless it is nil, and decodes the answer into out, where one is expected.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		document, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(document)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.url()+path, body)
	if err != nil {
		return err
	}
	c.authorize(request.Header)
	request.Header.Set("Content-Type", "application/json")
	answer, err := c.http().Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	switch {
	case out == nil && answer.StatusCode == http.StatusNoContent:
		return nil
	case out == nil || answer.StatusCode != http.StatusOK:
		return problem(answer)
	}
	return json.NewDecoder(io.LimitReader(answer.Body, maxAnswer)).Decode(out)
}

func (c *Client) url() string { return strings.TrimSuffix(cmp.Or(c.BaseURL, DefaultURL), "/") }

func (c *Client) http() *http.Client { return cmp.Or(c.HTTP, http.DefaultClient) }

func (c *Client) authorize(h http.Header) {
	if c.Token != "" {
		h.Set("Authorization", "Bearer "+c.Token)
	}
}

// problem is why the daemon did not do it; or, where somebody else answers on its port, that it is not the daemon.
func problem(answer *http.Response) error {
	var e Error
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxAnswer)).Decode(&e.Problem); err != nil || e.Code == "" {
		return fmt.Errorf("not an answer of sscard: %s", answer.Status)
	}
	return &e
}
