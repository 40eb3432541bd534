package softcard

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"sscard/apdu"
	"sscard/sm"
)

// psamSpec is the description of a PSAM as it is written.
type psamSpec struct {
	headSpec     `yaml:",inline"`
	Region       string                     `yaml:"region"`
	Terminal     string                     `yaml:"terminal"`
	Sequence     uint32                     `yaml:"sequence"`
	Public       string                     `yaml:"public"`
	Environments map[string]environmentSpec `yaml:"environments"`
}

type environmentSpec struct {
	Name      string                `yaml:"name"`
	FID       string                `yaml:"fid"`
	Algorithm string                `yaml:"algorithm"`
	Keys      map[string]samKeySpec `yaml:"keys"`
}

type samKeySpec struct {
	Usage   string `yaml:"usage"`
	ID      string `yaml:"id"`
	Root    string `yaml:"root"`
	Key     string `yaml:"key"`
	Version *byte  `yaml:"version"`
}

// Files of a PSAM, and the application that lies under each environment.
const (
	publicFile   uint16 = 0x0015 // 卡片公共信息
	terminalFile uint16 = 0x0016 // 终端机编号
	sequenceFile uint16 = 0x0019
	samFID       uint16 = 0xDF01
	samName             = "D15600000590"
)

func (s psamSpec) build() (*Card, error) {
	b, err := begin(s.headSpec, samInstructions)
	if err != nil {
		return nil, err
	}
	public, err := apdu.ParseHex(s.Public)
	if err != nil || len(public) != 15 {
		return nil, within("public", errors.New("not 15 bytes of hexadecimal"))
	}
	terminal, err := packDigits(s.Terminal)
	if err != nil || len(s.Terminal) != 12 {
		return nil, within("terminal", errors.New("not 12 digits"))
	}
	open := []*file{openFile(publicFile, public), openFile(terminalFile, terminal)}
	for _, name := range slices.Sorted(maps.Keys(s.Environments)) {
		if err := b.environment(s.Environments[name], s, open, terminal); err != nil {
			return nil, within("environments."+name, err)
		}
	}
	b.addMaster()
	return b.card, nil
}

// openFile is a transparent file that all may read, by an SFI that is the low byte of its identifier too.
func openFile(fid uint16, content []byte) *file {
	return &file{fid: fid, sfi: byte(fid), structure: transparent, read: free, binary: content}
}

func (b *builder) environment(s environmentSpec, psam psamSpec, open []*file, terminal []byte) error {
	environment, err := named(s.Name, s.FID)
	if err != nil {
		return err
	}
	environment.files = open
	algorithm, err := sm.ParseAlgorithm(s.Algorithm)
	if err != nil {
		return within("algorithm", err)
	}
	keys, err := samKeys(s.Keys, algorithm, psam.Region)
	if err != nil {
		return within("keys", err)
	}
	application, err := named(samName, "")
	if err != nil {
		return err
	}
	sequence := openFile(sequenceFile, binary.BigEndian.AppendUint32(nil, psam.Sequence))
	application.fid, application.parent, application.files = samFID, environment, []*file{sequence}
	application.sam = &sam{algorithm: algorithm, keys: keys, terminal: terminal, sequence: sequence}
	b.card.applications = append(b.card.applications, environment, application)
	return nil
}

func samKeys(specs map[string]samKeySpec, alg sm.Algorithm, region string) ([]samKey, error) {
	type label struct{ kind, id byte }
	taken := map[label]string{}
	var keys []samKey
	for _, name := range slices.Sorted(maps.Keys(specs)) {
		key, err := specs[name].build(alg, region)
		if err != nil {
			return nil, within(name, err)
		}
		of := label{key.usage & typeMask, key.id}
		if other, found := taken[of]; found {
			return nil, within(name+".id", fmt.Errorf("%02X is that of %s, of the same type", key.id, other))
		}
		keys, taken[of] = append(keys, key), name
	}
	return keys, nil
}

const maxLevels = 3

func (s samKeySpec) build(alg sm.Algorithm, region string) (key samKey, err error) {
	if key.usage, err = parseByte(s.Usage); err == nil && key.usage>>levelShift > maxLevels {
		err = fmt.Errorf("more than %d levels", maxLevels)
	}
	if err != nil {
		return key, within("usage", err)
	}
	if key.id, err = parseByte(s.ID); err != nil {
		return key, within("id", err)
	}
	key.version = 1
	if s.Version != nil {
		key.version = *s.Version
	}
	switch {
	case (s.Root == "") == (s.Key == ""):
		return key, errors.New("needs root or key, and not both")
	case s.Root != "":
		key.value, err = atLevel(alg, s.Root, region, int(key.usage>>levelShift))
		return key, within("root", err)
	}
	if key.value, err = apdu.ParseHex(s.Key); err == nil {
		_, err = sm.SessionKey(alg, key.value, make([]byte, factorLength))
	}
	return key, within("key", err)
}

// atLevel brings a national root down to where levels diversifications remain.
func atLevel(alg sm.Algorithm, root, region string, levels int) ([]byte, error) {
	key, err := apdu.ParseHex(root)
	if err == nil {
		_, err = sm.SessionKey(alg, key, make([]byte, factorLength))
	}
	if err != nil {
		return nil, err
	}
	if levels == 0 {
		return nil, errors.New("a key without levels is not made from a root")
	}
	for _, factor := range []func(string) ([factorLength]byte, error){sm.ProvinceFactor, sm.CityFactor}[:maxLevels-levels] {
		f, err := factor(region)
		if err != nil {
			return nil, err
		}
		if key, err = sm.Diversify(alg, key, f); err != nil {
			return nil, err
		}
	}
	return key, nil
}
