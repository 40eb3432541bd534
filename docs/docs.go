// Package docs holds those of the documents that the daemon serves.
package docs

import _ "embed"

// OpenAPI describes the HTTP API, in OpenAPI 3.1.
//
//go:embed openapi.yaml
var OpenAPI string
