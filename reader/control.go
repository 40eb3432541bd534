package reader

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
)

// Feature is something a reader can do besides carrying APDUs (PC/SC part 10 §2.3).
type Feature byte

// FeatureVerifyPIN: the reader has a key pad, and sends VERIFY with what is entered there.
const FeatureVerifyPIN Feature = 0x06

// ErrNoFeature says that the reader, or its driver, does not have the feature.
var ErrNoFeature = errors.New("the card reader cannot do that")

// Controller is what a Conn may be besides: one that passes on commands for the reader itself.
type Controller interface {
	// Features gives the list of features as the reader codes it: tag, length 4, control code.
	Features(ctx context.Context) ([]byte, error)
	// Control sends a command with a control code of that list.
	Control(ctx context.Context, code uint32, in []byte) ([]byte, error)
}

// Features are what the reader can do by itself.
func (l *Lease) Features(ctx context.Context) ([]Feature, error) {
	_, entries, err := l.controller(ctx)
	features := make([]Feature, len(entries))
	for i, e := range entries {
		features[i] = e.feature
	}
	return features, err
}

// Control has the reader do something by itself. It takes as long as ctx lets it: people may be involved.
func (l *Lease) Control(ctx context.Context, feature Feature, in []byte) ([]byte, error) {
	controller, entries, err := l.controller(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(entries, func(e featureEntry) bool { return e.feature == feature })
	if i < 0 {
		return nil, l.controlError(ErrNoFeature)
	}
	out, err := controller.Control(ctx, entries[i].code, in)
	if err != nil {
		l.poison = l.controlError(l.explain(ctx, err))
		return nil, l.poison
	}
	return out, nil
}

// controller is what the lease is on, where it takes commands for the reader itself, and the features that it has.
func (l *Lease) controller(ctx context.Context) (Controller, []featureEntry, error) {
	if l.poison != nil {
		return nil, nil, l.poison
	}
	controller, able := l.conn.(Controller)
	if !able {
		return nil, nil, l.controlError(ErrNoFeature)
	}
	list, err := controller.Features(ctx)
	if err != nil {
		return nil, nil, l.controlError(errors.Join(ErrNoFeature, err))
	}
	return controller, parseFeatures(list), nil
}

func (l *Lease) controlError(err error) error {
	return &Error{Op: "control", Reader: l.slot.reader.Name, Err: err}
}

// featureEntry is a feature and the control code that asks for it.
type featureEntry struct {
	feature Feature
	code    uint32
}

// parseFeatures takes the list apart: tag, length, control code, which is big-endian whatever the machine.
func parseFeatures(list []byte) (entries []featureEntry) {
	const size, codeLength = 6, 4
	for ; len(list) >= size && list[1] == codeLength; list = list[size:] {
		entries = append(entries, featureEntry{Feature(list[0]), binary.BigEndian.Uint32(list[2:])})
	}
	return entries
}
