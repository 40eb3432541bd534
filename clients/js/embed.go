// Package js holds the JavaScript client as it is published, so that the daemon gives its own page this very file.
package js

import _ "embed"

// Client is the module sscard.js.
//
//go:embed sscard.js
var Client []byte
