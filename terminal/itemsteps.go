package terminal

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"sscard/apdu"
	"sscard/reader"
	"sscard/terminal/apitype"
	"sscard/terminal/profile"
	"sscard/terminal/sam"
)

// ErrNoKey says that a file opens without a key, so that an HSM has nothing to answer.
var ErrNoKey = errors.New("the file wants no key")

var errOneFile = errors.New("an HSM opens one file at a time")

// pendingFile is a card between the two steps of reading or writing a file of it.
type pendingFile struct {
	opened    *opened
	address   profile.FileAddress
	app       profile.Application
	key       profile.Key
	challenge sam.Challenge
	entry     PINEntry
}

// The two uses of a file are not to be taken for each other.
type (
	pendingFileRead  struct{ *pendingFile }
	pendingFileWrite struct{ *pendingFile }
)

// BeginReadItems asks the card for the challenge by which an HSM opens the one file of the request for reading, and
// holds the card for [Terminal.FinishReadItems]. The request is 算法|密钥地址|外部因子|外部原始|.
func (t *Terminal) BeginReadItems(ctx context.Context, req ItemsRequest) (Pending, error) {
	return audited(ctx, t, apitype.AuditRead, "read items/begin", func(ctx context.Context) (Pending, error) {
		noteAskedItems(ctx, itemNames(req.Files))
		return t.begin(ctx, req.Reader, req.Interface, func(lease *reader.Lease) (any, string, error) {
			file, request, err := t.challengeFile(ctx, lease, req, func(f profile.File) profile.Access { return f.Read })
			return pendingFileRead{file}, request, err
		})
	})
}

// BeginWriteItems is [Terminal.BeginReadItems] for writing, and for [Terminal.FinishWriteItems].
func (t *Terminal) BeginWriteItems(ctx context.Context, req ItemsRequest) (Pending, error) {
	return audited(ctx, t, apitype.AuditWrite, "write items/begin", func(ctx context.Context) (Pending, error) {
		noteAskedItems(ctx, itemNames(req.Files))
		return t.begin(ctx, req.Reader, req.Interface, func(lease *reader.Lease) (any, string, error) {
			file, request, err := t.challengeFile(ctx, lease, req, func(f profile.File) profile.Access { return f.Update })
			return pendingFileWrite{file}, request, err
		})
	})
}

// challengeFile finds the key and takes the challenge, which must be the last thing the card hears before the answer.
func (t *Terminal) challengeFile(ctx context.Context, card Card, req ItemsRequest, access func(profile.File) profile.Access) (*pendingFile, string, error) {
	if len(req.Files) != 1 {
		return nil, "", errOneFile
	}
	o, err := t.open(ctx, card, t.everything())
	if err != nil {
		return nil, "", err
	}
	if err := o.is(req.Card); err != nil {
		return nil, "", err
	}
	app, file, err := o.locate(req.Files[0])
	if err != nil {
		return nil, "", err
	}
	key, err := o.keyOf(access(file))
	if err != nil {
		return nil, "", err
	}
	if err := o.unlocker(nobody).enter(ctx, app); err != nil {
		return nil, "", err
	}
	challenge, err := o.session.challenges(ctx)
	p := &pendingFile{o, req.Files[0], app, key, challenge, req.Entry}
	return p, p.request(), err
}

// keyOf finds the key of access, which must have its place in the card and in an HSM.
func (o *opened) keyOf(access profile.Access) (profile.Key, error) {
	if len(access) == 0 {
		return profile.Key{}, fmt.Errorf("%w: %w", errWriteData, errNever)
	}
	name, some := access.Key()
	if !some {
		return profile.Key{}, ErrNoKey
	}
	key, known := o.layout.Key(name)
	if !known || !key.HasID || len(key.HSM) == 0 {
		return profile.Key{}, fmt.Errorf("%w: %s has no id in the card's layout", sam.ErrKey, name)
	}
	return key, nil
}

// request names the key by its address of version 1: which version a card has, it does not say.
func (p *pendingFile) request() string {
	return strings.Join([]string{
		algorithmCode(p.opened.reading.Algorithm), p.key.HSM[0],
		apdu.Hex(p.challenge.Factor[:]), apdu.Hex(p.challenge.Original[:]),
	}, "|") + "|"
}

// FinishReadItems takes the HSM's answer, 16 hex digits and the 16 of the original, opens the file with it, and reads.
// Whatever comes of it, the card is let go.
func (t *Terminal) FinishReadItems(ctx context.Context, session, answer string) (FileContent, error) {
	return audited(ctx, t, apitype.AuditRead, "read items/finish", func(ctx context.Context) (FileContent, error) {
		lease, p, err := resume[pendingFileRead](ctx, t, session)
		if err != nil {
			return FileContent{}, err
		}
		defer lease.Release()
		return p.read(ctx, lease, answer)
	})
}

func (p *pendingFile) read(ctx context.Context, lease *reader.Lease, answer string) (FileContent, error) {
	u, err := p.unlock(ctx, lease, answer)
	if err != nil {
		return FileContent{}, err
	}
	contents, err := p.opened.readAll(ctx, []profile.FileAddress{p.address}, u)
	if err != nil {
		return FileContent{}, err
	}
	noteContents(ctx, contents)
	return contents[0], nil
}

// FinishWriteItems takes the HSM's answer, opens the file with it, and writes the rows to the items that the first
// step named. They are encoded first: a wrong one leaves the card as it is. Only a file that all may read is read
// back, as there is but one key. Whatever comes of it, the card is let go.
func (t *Terminal) FinishWriteItems(ctx context.Context, session, answer string, values FileValues) (Written, error) {
	return audited(ctx, t, apitype.AuditWrite, "write items/finish", func(ctx context.Context) (Written, error) {
		lease, p, err := resume[pendingFileWrite](ctx, t, session)
		if err != nil {
			return Written{}, err
		}
		defer lease.Release()
		return p.write(ctx, lease, answer, values)
	})
}

func (p *pendingFile) write(ctx context.Context, lease *reader.Lease, answer string, values FileValues) (Written, error) {
	if values.Address.Application != p.address.Application || values.Address.File != p.address.File {
		return Written{}, fmt.Errorf("%w: it is another file than the first step's", errWriteData)
	}
	files := []FileValues{{p.address, values.Rows}}
	updates, err := p.opened.plan(files)
	if err != nil {
		return Written{}, err
	}
	u, err := p.unlock(ctx, lease, answer)
	if err != nil {
		return Written{}, err
	}
	written, err := write(ctx, u, updates)
	noteWritten(ctx, files, written)
	return written, err
}

// unlock presents the key with the HSM's answer.
func (p *pendingFile) unlock(ctx context.Context, lease *reader.Lease, answer string) (*unlocker, error) {
	o := p.opened
	data, err := parseProof(strings.TrimSuffix(answer, "|"), p.challenge.Original)
	if err != nil {
		return nil, err
	}
	if err := o.session.prove(ctx, p.key, data, p.challenge.Original); err != nil {
		return nil, o.orChanged(ctx, err)
	}
	u := o.unlocker(o.session.withPIN(nobody, lease, p.entry))
	u.application, u.given = p.app.Name, []string{p.key.Name}
	return u, nil
}
