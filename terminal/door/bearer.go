package door

import (
	"crypto/subtle"
	"net/http"
	"strings"
)

// Subprotocol is what a WebSocket speaks with who offers it.
const Subprotocol = "sscard"

// bearerProtocol begins the subprotocol that holds a token or session: a page can set no header of a WebSocket, but offers
// subprotocols as it likes.
const bearerProtocol = Subprotocol + ".bearer."

// holder is who has the token, or the page with a session; else somebody who has neither.
func (d *Door) holder(r *http.Request) Caller {
	shown, keys := bearer(r), d.keys.Load()
	if shown == "" {
		return Caller{}
	}
	if subtle.ConstantTimeCompare([]byte(shown), []byte(keys.token)) == 1 {
		return Caller{Token: true, by: keys}
	}
	if !isOwnPage(r) {
		return Caller{}
	}
	if s := keys.console.find(shown); s != nil {
		return Caller{Token: true, by: keys, session: s}
	}
	return Caller{}
}

// isOwnPage takes requests that only our own page makes in a browser. Of those that read there is no Origin.
func isOwnPage(r *http.Request) bool {
	if origins := r.Header.Values("Origin"); len(origins) > 0 {
		return len(origins) == 1 && origins[0] == OwnOrigin(r)
	}
	site := r.Header.Values("Sec-Fetch-Site")
	return len(site) == 1 && site[0] == "same-origin"
}

// bearer is the token or console session that a request shows, from its Authorization or, of a WebSocket, from the subprotocols that it
// offers. It is empty where there is none, and where there is more than one: another reader of the request may take the other.
func bearer(r *http.Request) string {
	given := r.Header.Values("Authorization")
	offered := offeredBearers(r)
	switch {
	case len(given) == 1 && len(offered) == 0:
		scheme, secret, _ := strings.Cut(given[0], " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return ""
		}
		return secret
	case len(given) == 0 && len(offered) == 1:
		return offered[0]
	}
	return ""
}

// offeredBearers are those among the subprotocols that a WebSocket offers. Where the list is malformed there are none, nor where it lacks
// the subprotocol that we select: a browser would not take our answer.
func offeredBearers(r *http.Request) (found []string) {
	if !isSocket(r) {
		return nil
	}
	speaks := false
	for _, line := range r.Header.Values("Sec-Websocket-Protocol") {
		for offer := range strings.SplitSeq(line, ",") {
			offer = strings.Trim(offer, " \t")
			if !isToken(offer) {
				return nil
			}
			if secret, ok := strings.CutPrefix(offer, bearerProtocol); ok {
				found = append(found, secret)
			}
			speaks = speaks || offer == Subprotocol
		}
	}
	if !speaks {
		return nil
	}
	return found
}

// isToken takes what RFC 9110, 5.6.2 does: names of subprotocols are such.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", c))
	})
}
