package reader

import (
	"context"
	"encoding/binary"
	"errors"
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
func (l *Lease) Features(ctx context.Context) (features []Feature, err error) {
	if l.poison != nil {
		return nil, l.poison
	}
	controller, able := l.conn.(Controller)
	if !able {
		return nil, l.controlError(ErrNoFeature)
	}
	list, err := controller.Features(ctx)
	if err != nil {
		return nil, l.controlError(errors.Join(ErrNoFeature, err))
	}
	for ; len(list) >= featureBytes; list = list[featureBytes:] {
		features = append(features, Feature(list[0]))
	}
	return features, nil
}

// featureBytes is an entry of the list: tag, length, control code.
const featureBytes = 6

// Control has the reader do something by itself. It takes as long as ctx lets it: people may be involved.
func (l *Lease) Control(ctx context.Context, feature Feature, in []byte) ([]byte, error) {
	if l.poison != nil {
		return nil, l.poison
	}
	controller, able := l.conn.(Controller)
	if !able {
		return nil, l.controlError(ErrNoFeature)
	}
	list, err := controller.Features(ctx)
	if err != nil {
		return nil, l.controlError(errors.Join(ErrNoFeature, err))
	}
	code, has := featureCode(list, feature)
	if !has {
		return nil, l.controlError(ErrNoFeature)
	}
	out, err := controller.Control(ctx, code, in)
	if err != nil {
		l.poison = l.controlError(l.explain(ctx, err))
		return nil, l.poison
	}
	return out, nil
}

func (l *Lease) controlError(err error) error {
	return &Error{Op: "control", Reader: l.slot.reader.Name, Err: err}
}

// featureCode finds the control code of a feature, big-endian whatever the machine.
func featureCode(list []byte, feature Feature) (uint32, bool) {
	const codeLength = 4
	for ; len(list) >= featureBytes && list[1] == codeLength; list = list[featureBytes:] {
		if Feature(list[0]) == feature {
			return binary.BigEndian.Uint32(list[2:]), true
		}
	}
	return 0, false
}
