package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLanguageOfHelp(t *testing.T) {
	t.Setenv("LC_ALL", "C.UTF-8")
	for _, args := range [][]string{{"--lang", "zh", "read", "--help"}, {"read", "--help", "--lang=zh"}} {
		var out, complaints bytes.Buffer
		require.Zero(t, run(t.Context(), args, &out, &complaints))
		require.Empty(t, complaints.String())
		require.Contains(t, out.String(), "读取社会保障卡的基本信息")
		require.Contains(t, out.String(), "用法：")
		require.NotContains(t, out.String(), "Flags:")
	}
	var out bytes.Buffer
	require.Zero(t, run(t.Context(), []string{"read", "--help"}, &out, &out))
	require.Contains(t, out.String(), "Usage:")
}
