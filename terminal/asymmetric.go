package terminal

import (
	"context"
	"errors"
	"fmt"

	"sscard/apdu"
	"sscard/apdu/tlv"
	"sscard/sm"
	"sscard/terminal/evidence"
	"sscard/terminal/profile"
)

// application is a card's asymmetric application (非对称认证应用), selected, with the certificates that it gave.
type application struct {
	session     *session
	profile     profile.Asymmetric
	certificate []byte // DER
	chain       [][]byte
}

// maxFile bounds a certificate file, its padding included.
const maxFile = 2 * sm.MaxCertificate

var errNoApplication = fmt.Errorf("%w: the card has no asymmetric application that a profile describes", apdu.ErrFileNotFound)

// enterApplication selects the first of the applications that the card has, with its certificate: a name may be that of
// another application.
func (s *session) enterApplication(ctx context.Context, candidates []profile.Asymmetric) (*application, error) {
	absences := []error{errNoApplication}
	for _, p := range candidates {
		a := &application{session: s, profile: p}
		_, err := s.selectApplication(ctx, profile.Application{Name: p.Name, Select: p.Select})
		if err == nil {
			err = a.readCertificates(ctx)
		}
		if err == nil {
			return a, nil
		}
		if !refused(err) {
			return nil, err
		}
		absences = append(absences, err)
	}
	return nil, errors.Join(absences...)
}

// readCertificates reads the card's own, and what the card has of those above it; the terminal may have the others.
func (a *application) readCertificates(ctx context.Context) (err error) {
	if a.certificate, err = a.session.readCertificate(ctx, a.profile.Certificate); err != nil {
		return err
	}
	for _, file := range a.profile.Chain {
		above, err := a.session.readCertificate(ctx, file)
		if refused(err) || errors.Is(err, sm.ErrCertificate) {
			break
		}
		if err != nil {
			return err
		}
		a.chain = append(a.chain, above)
	}
	return nil
}

// readCertificate reads a transparent file up to the end of the certificate in it.
func (s *session) readCertificate(ctx context.Context, file profile.CertificateFile) ([]byte, error) {
	content, err := s.openBinary(ctx, file)
	for err == nil {
		der, incomplete := certificateIn(file, content)
		if incomplete == nil || len(content) >= maxFile {
			return der, incomplete
		}
		var piece []byte
		piece, err = s.read(ctx, "READ BINARY "+nameOf(file), apdu.ReadBinary(uint16(len(content)), apdu.MaxShortNe))
		if refused(err) || (err == nil && len(piece) == 0) {
			return nil, incomplete // the file ended with the piece before
		}
		content = append(content, piece...)
	}
	return nil, err
}

func certificateIn(file profile.CertificateFile, content []byte) ([]byte, error) {
	der, err := file.Decode(content)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", sm.ErrCertificate, err)
	}
	return sm.CutCertificate(der)
}

// openBinary reads the first piece of the file, in the first of its ways that the card does not refuse.
func (s *session) openBinary(ctx context.Context, file profile.CertificateFile) (piece []byte, err error) {
	for _, by := range file.By {
		piece, err = s.firstPiece(ctx, file, by)
		if err == nil || !refused(err) {
			return piece, err
		}
	}
	return nil, err
}

func (s *session) firstPiece(ctx context.Context, file profile.CertificateFile, by profile.ReadBy) ([]byte, error) {
	command := apdu.ReadBinarySFI(file.SFI, apdu.MaxShortNe)
	if by == profile.ByFID {
		command = apdu.ReadBinary(0, apdu.MaxShortNe)
		if err := s.selectFile(ctx, profile.File{Name: nameOf(file), FID: file.FID}); err != nil {
			return nil, err
		}
	}
	return s.read(ctx, "READ BINARY "+nameOf(file), command)
}

func nameOf(file profile.CertificateFile) string {
	if file.FID == 0 {
		return fmt.Sprintf("SFI %02X", file.SFI)
	}
	return fmt.Sprintf("%04X", file.FID)
}

// sign has the card sign the challenge. Where the card wants it hashed, that takes the certificate's key.
func (a *application) sign(ctx context.Context, key sm.PublicKey, challenge [32]byte) (signature sm.Signature, dynamic []byte, err error) {
	digest, err := digestOf(a.profile, key, challenge)
	if err != nil {
		return signature, nil, err
	}
	var answer []byte
	for _, step := range a.profile.Sign {
		command := apdu.Command{CLA: step.CLA, INS: step.INS, P1: step.P1, P2: step.P2, Data: step.Bytes(challenge, digest), Ne: step.Ne}
		answer, err = a.session.channel.Do(ctx, step.Label, command)
		if errors.Is(err, apdu.ErrProtocol) { // more than was asked for, and each time another length
			err = fmt.Errorf("%w: %w", sm.ErrSignature, err)
		}
		if err != nil {
			return signature, nil, err
		}
	}
	return a.takeApart(answer)
}

func digestOf(p profile.Asymmetric, key sm.PublicKey, challenge [32]byte) ([32]byte, error) {
	if p.Hash == profile.HashPlain {
		return sm.SM3(challenge[:])
	}
	return key.Digest([]byte(p.UserID), challenge[:])
}

// takeApart finds the signature in the card's answer, and what the card has signed of its own before the challenge.
func (a *application) takeApart(answer []byte) (signature sm.Signature, dynamic []byte, err error) {
	form := a.profile.Answer
	if len(form.Path) > 0 {
		path := make([]tlv.Tag, len(form.Path))
		for i, tag := range form.Path {
			path[i] = tlv.Tag(tag)
		}
		value, found, err := tlv.Find(answer, path...)
		if err != nil || !found {
			return signature, nil, fmt.Errorf("%w: no signature in the answer", errMalformed)
		}
		answer = value
	}
	if len(answer) < form.Dynamic {
		return signature, nil, fmt.Errorf("%w: an answer of %d bytes", errMalformed, len(answer))
	}
	dynamic, answer = answer[:form.Dynamic], answer[form.Dynamic:]
	if form.Layout == profile.LayoutDER {
		signature, err = sm.ParseSignatureDER(answer)
	} else {
		signature, err = sm.ParseSignature(answer)
	}
	return signature, dynamic, err
}

func schemeOf(p profile.Asymmetric) evidence.Scheme {
	return evidence.Scheme{UserID: p.UserID, Plain: p.Hash == profile.HashPlain, Dynamic: p.Answer.Dynamic}
}
