package terminal

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sscard/apdu"
	"sscard/reader"
	"sscard/terminal/profile"
	"sscard/terminal/sam"
)

// errNever says that a file is not to be had by any key.
var errNever = errors.New("the card's layout has no key for it")

// unlocker presents to one card what its files want, and no secret twice while the card remembers it: keys until
// another application is selected, the PIN until power goes.
type unlocker struct {
	session     *session
	present     presenter
	byPIN       bool   // where the PIN will do as well as a key, the PIN
	application string // that is selected; "" where that is not known
	given       []string
}

// unlocker begins with an opened card, which nothing was presented to.
func (o *opened) unlocker(present presenter) *unlocker {
	return &unlocker{session: o.session, present: present, application: applicationSSSE}
}

// withPIN presents keys as keys does, and the PIN by having the holder enter it.
func (s *session) withPIN(keys presenter, lease *reader.Lease, entry PINEntry) presenter {
	return func(ctx context.Context, name string) error {
		if name != profile.PIN {
			return keys(ctx, name)
		}
		_, err := s.verifyPIN(ctx, lease, entry)
		return err
	}
}

// nobody presents keys where there are none.
func nobody(context.Context, string) error { return errNoKeys }

// open presents one of the sets that access takes, in its order: the key before the PIN.
func (u *unlocker) open(ctx context.Context, access profile.Access) error {
	if len(access) == 0 {
		return errNever
	}
	for _, name := range slices.MinFunc(access, u.compare) {
		if slices.Contains(u.given, name) {
			continue
		}
		if err := u.present(ctx, name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		u.given = append(u.given, name)
	}
	return nil
}

// compare puts the set first that was presented already, and then the kind that is preferred.
func (u *unlocker) compare(a, b []string) int { return u.cost(a) - u.cost(b) }

func (u *unlocker) cost(set []string) int {
	missing := func(name string) bool { return !slices.Contains(u.given, name) }
	switch {
	case !slices.ContainsFunc(set, missing):
		return 0
	case u.byPIN == slices.Equal(set, []string{profile.PIN}):
		return 1
	}
	return 2
}

// enter selects the application where it is not selected, and forgets the keys as the card does.
func (u *unlocker) enter(ctx context.Context, app profile.Application) error {
	if app.Name == u.application {
		return nil
	}
	u.application = ""
	u.given = slices.DeleteFunc(u.given, func(name string) bool { return name != profile.PIN })
	_, err := u.session.selectApplication(ctx, app)
	if err == nil {
		u.application = app.Name
	}
	return err
}

// read reads what access protects. Where nobody can present what it wants, it is asked for all the same, since not
// every card is as strict as the standard; if the card then refuses, what was not at hand is the cause.
func (u *unlocker) read(ctx context.Context, access profile.Access, read func() error) error {
	locked := u.open(ctx, access)
	if locked != nil && !errors.Is(locked, sam.ErrAbsent) && !errors.Is(locked, ErrPINNoEntry) {
		return locked
	}
	err := read()
	if errors.Is(err, apdu.ErrSecurityStatus) {
		return errors.Join(locked, err)
	}
	return err
}
