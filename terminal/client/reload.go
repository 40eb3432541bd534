package client

import (
	"context"
	"net/http"

	"sscard/terminal/apitype"
)

// Reload has the daemon take its configuration file anew. Where that is wrong, all is as before.
func (c *Client) Reload(ctx context.Context) (r apitype.Reloaded, err error) {
	err = c.call(ctx, http.MethodPost, "/v1/reload", nil, &r)
	return r, err
}
