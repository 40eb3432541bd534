package terminal

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestModels(t *testing.T) {
	remembered := func(m *models, historical ...byte) (form wholeForm) {
		m.look(historical, func(known *model) { form = known.whole["EF05"] })
		return form
	}
	m := &models{}
	m.look([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}, func(known *model) { known.whole["EF05"] = wholeRefused })
	for _, row := range []struct {
		name       string
		historical []byte
		want       wholeForm
	}{
		{"another card of the batch", []byte{1, 2, 3, 4, 5, 6, 7, 80, 90, 100, 110, 120, 130}, wholeRefused},
		{"T1 to T7 alone", []byte{1, 2, 3, 4, 5, 6, 7}, wholeRefused},
		{"another card maker", []byte{1, 2, 3, 4, 5, 6, 8, 8, 9, 10, 11, 12, 13}, wholeUntried},
		{"too few historical bytes", []byte{1, 2, 3, 4, 5, 6}, wholeUntried},
		{"none", nil, wholeUntried},
	} {
		t.Run(row.name, func(t *testing.T) { require.Equal(t, row.want, remembered(m, row.historical...)) })
	}
}

func TestModelsAreBounded(t *testing.T) {
	var m models
	for n := range uint64(5000) {
		m.look(binary.LittleEndian.AppendUint64(nil, n), func(known *model) { known.whole["EF05"] = wholeRefused })
		require.LessOrEqual(t, len(m.known), maxModels)
	}
	m.look(binary.LittleEndian.AppendUint64(nil, 4999), func(known *model) {
		require.Equal(t, wholeRefused, known.whole["EF05"], "the last ones are remembered")
	})
}
