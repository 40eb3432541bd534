package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal/config"
)

// What is written is read again, and who may read nothing does not become one who may read everything.
func TestOriginsFile(t *testing.T) {
	origins := []config.Origin{
		{Origin: "https://hall.example", Fields: []string{"holder.name"}},
		{Origin: "https://none.example", Fields: []string{}},
		{Origin: "http://[fd00::1]:8080"},
	}
	text, err := config.EncodeOrigins(origins)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "origins.yaml")
	require.NoError(t, os.WriteFile(path, text, 0o600))
	got, err := config.LoadOrigins(path)
	require.NoError(t, err)
	require.Equal(t, origins, got)
}

func TestLoadOrigins(t *testing.T) {
	none, err := config.LoadOrigins(filepath.Join(t.TempDir(), "absent.yaml"))
	require.NoError(t, err)
	require.Empty(t, none)
	for _, row := range []struct{ name, yaml, says string }{
		{"no YAML", "origins: [", "not a YAML object"},
		{"another key", "listen: 127.0.0.1:1", "listen"},
		{"fields without a value", "origins: [{origin: https://his.example, fields: }]", "has no value"},
		{"a look-alike", "origins: [{origin: https://his.example/}]", "origins[0].origin"},
		{"one twice", "origins: [{origin: https://a.example}, {origin: https://a.example}]", "stands twice"},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := write(t, row.yaml)
			got, err := config.LoadOrigins(path)
			require.ErrorIs(t, err, config.ErrInvalid)
			require.ErrorContains(t, err, row.says)
			require.ErrorContains(t, err, path)
			require.Empty(t, got)
		})
	}
}
