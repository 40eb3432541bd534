package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/terminal/apitype"
	"sscard/terminal/config"
)

// Through the real stack a PIN is no longer waited for once its card is taken out, and the reader is there for the next.
func TestPINLosesItsCardThroughTheStack(t *testing.T) {
	needStack(t)
	slot := stack.Readers()[0]
	cfg := config.Default()
	cfg.PIN.Entry = "console"
	s := serving(t, cfg)
	verify := func() chan apitype.FunctionResult {
		result := make(chan apitype.FunctionResult, 1)
		go func() {
			r, err := s.Function(t.Context(), "iVerifyPIN", map[string]any{"iType": 1})
			if err != nil {
				t.Error(err)
			}
			result <- r
		}()
		return result
	}
	takeOut := put(t, s.Equipment, slot, builtIn(t, "gen3"))
	result := verify()
	prompts := s.desk.Await(t.Context(), nil)
	require.Len(t, prompts, 1)
	require.Equal(t, reader.IDOf(slot.Name), prompts[0].Reader.ID)
	require.Equal(t, slot.Name, prompts[0].Reader.Name)
	takeOut()
	require.Equal(t, apitype.CardRemoved.Entry().Function, (<-result).Return)
	require.Empty(t, s.desk.Prompts())

	defer put(t, s.Equipment, slot, builtIn(t, "gen3"))()
	result = verify()
	prompts = s.desk.Await(t.Context(), nil)
	require.True(t, s.desk.Answer(prompts[0].ID, []byte("123456")))
	require.Zero(t, (<-result).Return)
}
