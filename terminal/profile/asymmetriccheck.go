package profile

import "slices"

// check finds what is missing, and what does not go together.
func (f *asymmetricFile) check() error {
	if err := f.Label.check(f.at); err != nil {
		return err
	}
	switch {
	case f.empty():
		return f.at.errorf("until is not after since")
	case len(f.Select) == 0:
		return f.at.errorf("no select")
	case len(f.Certificate.By) == 0:
		return f.at.errorf("no certificate")
	case len(f.Sign) == 0:
		return f.at.errorf("no sign")
	}
	if err := f.checkHash(); err != nil {
		return err
	}
	return f.checkAnswer()
}

// checkHash finds out who hashes, and whether that one can hash what the profile says.
func (f *asymmetricFile) checkHash() error {
	card, terminal := f.has(Challenge), f.has(Digest)
	switch {
	case !card && !terminal:
		return f.sign.errorf("no step sends %s or %s", Challenge, Digest)
	case card && terminal:
		return f.sign.errorf("want either %s, for the card to hash, or %s", Challenge, Digest)
	case card && f.Hash == HashPlain:
		return f.sign.errorf("hash %s is the terminal's: want %s", HashPlain, Digest)
	case f.Hash == HashPlain && f.UserID != "":
		return f.userID.errorf("hash %s has no user id in it", HashPlain)
	case terminal && f.Answer.Dynamic > 0:
		return f.answer.errorf("dynamic: the terminal cannot hash for %s what the card only answers", Digest)
	}
	return nil
}

func (f *asymmetricFile) has(p Placeholder) bool {
	return slices.ContainsFunc(f.Sign, func(s SignStep) bool { return s.has(p) })
}

// shortest is what a signature takes at least: in DER, a sequence of two numbers of a byte each.
var shortest = map[SignatureLayout]int{LayoutRS: 64, LayoutDER: 8}

func (f *asymmetricFile) checkAnswer() error {
	want := f.Answer.Dynamic + shortest[f.Answer.Layout]
	if last := f.Sign[len(f.Sign)-1]; last.Ne < want {
		return f.sign.errorf("ne of the last step is %d: its answer holds the signature, %d bytes at least", last.Ne, want)
	}
	return nil
}
