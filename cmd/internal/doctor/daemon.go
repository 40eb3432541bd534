package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"slices"
	"syscall"

	"sscard/cmd/internal/wiring"
	"sscard/terminal/apitype"
	"sscard/terminal/config"
)

// maxHealth bounds what is read of an answer that may be anybody's.
const maxHealth = 1 << 20

// checkDaemon finds out who has the daemon's port.
func checkDaemon(ctx context.Context, x *examination) []Finding {
	address := x.config.Listen
	health, err := x.health(ctx, address)
	switch {
	case errors.Is(err, errNotOurs):
		return []Finding{finding("daemon.port_taken", address)}
	case errors.Is(err, syscall.ECONNREFUSED):
		return []Finding{finding("daemon.off", address)}
	case err != nil && someoneListens(ctx, address):
		return []Finding{finding("daemon.mute", address)}
	case err != nil:
		return []Finding{finding("daemon.off", address)}
	case health.Status != apitype.HealthOK:
		return []Finding{finding("daemon.degraded", address)}
	}
	return []Finding{finding("daemon.ok", address+" · "+health.Version)}
}

// errNotOurs says that what answers is no sscard.
var errNotOurs = errors.New("the answer is not of sscard")

// health asks whatever listens there how it is.
func (x *examination) health(ctx context.Context, address string) (h apitype.Health, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/v1/health", nil)
	if err != nil {
		return h, err
	}
	answer, err := x.HTTP.Do(request)
	if err != nil {
		if errors.Is(err, syscall.ECONNREFUSED) || ctx.Err() != nil || isTimeout(err) {
			return h, err
		}
		return h, errors.Join(errNotOurs, err) // it is no HTTP
	}
	defer answer.Body.Close()
	err = json.NewDecoder(io.LimitReader(answer.Body, maxHealth)).Decode(&h)
	if err != nil || answer.StatusCode != http.StatusOK || h.Version == "" || !slices.Contains([]string{apitype.HealthOK, apitype.HealthDegraded}, h.Status) {
		return h, errors.Join(errNotOurs, err)
	}
	return h, nil
}

func isTimeout(err error) bool {
	timeout, is := errors.AsType[net.Error](err)
	return is && timeout.Timeout()
}

func someoneListens(ctx context.Context, address string) bool {
	var dialer net.Dialer
	conn, err := dialer.DialContext(context.WithoutCancel(ctx), "tcp", address)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

const othersAny = 0o077

// checkToken looks at the token of programs, and at who else can.
func checkToken(_ context.Context, x *examination) []Finding {
	path := wiring.State{Dir: x.StateDir}.TokenPath()
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return []Finding{finding("daemon.token_closed", path)}
	case err != nil:
		return []Finding{finding("daemon.token_none", path)}
	case !x.Windows && info.Mode().Perm()&othersAny != 0:
		return []Finding{finding("daemon.token_mode", path+" "+info.Mode().Perm().String())}
	}
	_, err = wiring.ReadToken(x.StateDir)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return []Finding{finding("daemon.token_closed", path)}
	case err != nil:
		return []Finding{finding("daemon.token_bad", path)}
	}
	return []Finding{finding("daemon.token", path)}
}

// checkOrigins looks at which pages may call. Those of the configuration are checked with it.
func checkOrigins(_ context.Context, x *examination) []Finding {
	kept, err := wiring.State{Dir: x.StateDir}.Origins()
	if errors.Is(err, fs.ErrPermission) {
		return nil // the token says so
	}
	if err != nil {
		return []Finding{finding("daemon.origins_bad", err.Error())}
	}
	if len(slices.Concat(x.config.Origins, kept)) == 0 {
		return []Finding{finding("daemon.origins_none", "")}
	}
	return []Finding{finding("daemon.browser", namesOf(slices.Concat(x.config.Origins, kept)))}
}

// namesOf lists origins, not all of many.
func namesOf(origins []config.Origin) (list string) {
	const most = 10
	for i, o := range origins[:min(len(origins), most)] {
		if i > 0 {
			list += ", "
		}
		list += o.Origin
	}
	if len(origins) > most {
		list += ", …"
	}
	return list
}
