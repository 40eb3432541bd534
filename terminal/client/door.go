package client

import (
	"context"
	"net/http"

	"sscard/terminal/apitype"
)

// Origins lists the web origins that may call, and those that were refused.
func (c *Client) Origins(ctx context.Context) (o apitype.Origins, err error) {
	err = c.call(ctx, http.MethodGet, "/v1/origins", nil, &o)
	return o, err
}

// AllowOrigin lets a web origin call from now on.
func (c *Client) AllowOrigin(ctx context.Context, o apitype.AllowOrigin) error {
	return c.call(ctx, http.MethodPost, "/v1/origins", o, nil)
}

// DenyOrigin takes back what AllowOrigin gave.
func (c *Client) DenyOrigin(ctx context.Context, origin string) error {
	return c.call(ctx, http.MethodDelete, "/v1/origins", apitype.DenyOrigin{Origin: origin}, nil)
}

// RotateToken has the daemon make a new token. The client's own is good for nothing then.
func (c *Client) RotateToken(ctx context.Context) error {
	return c.call(ctx, http.MethodPost, "/v1/token/rotate", nil, nil)
}

// ConsoleCode asks for a code with which the daemon's own page comes in, once.
func (c *Client) ConsoleCode(ctx context.Context) (code apitype.ConsoleCode, err error) {
	err = c.call(ctx, http.MethodPost, "/v1/console", nil, &code)
	return code, err
}
