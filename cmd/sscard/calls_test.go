package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/reader/softcard"
	"sscard/terminal/apitype"
	"sscard/terminal/client"
)

// post sends a body as a program with the token, and gives the answer.
func post(t testing.TB, c *client.Client, path, body string) (status int, answer []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.BaseURL+path, bytes.NewBufferString(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+c.Token)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, answer
}

// beginRead begins a reading with an HSM.
func beginRead(t testing.TB, c *client.Client, reader string) (pending apitype.PendingRead) {
	t.Helper()
	status, answer := post(t, c, "/v1/read/begin", `{"reader": "`+reader+`"}`)
	require.Equal(t, http.StatusOK, status, "%s", answer)
	require.NoError(t, json.Unmarshal(answer, &pending))
	return pending
}

// finishRead ends it with an answer that no HSM would give, and gives what comes of that.
func finishRead(t testing.TB, c *client.Client, pending apitype.PendingRead) apitype.Code {
	t.Helper()
	body, err := json.Marshal(apitype.FinishRead{Session: pending.Session, Answer: "0000000000000000"})
	require.NoError(t, err)
	var problem apitype.Problem
	_, answer := post(t, c, "/v1/read/finish", string(body))
	require.NoError(t, json.Unmarshal(answer, &problem))
	require.NotEmpty(t, problem.Code, "%s", answer)
	return problem.Code
}

func builtIn(t testing.TB, name string) softcard.Answerer {
	t.Helper()
	card, err := softwareCard{name: name}.make()
	require.NoError(t, err)
	return card
}

// runs runs the program in a process of its own kind but in this one, and gives what it said.
func runs(ctx context.Context, args ...string) (status int, stdout, stderr string) {
	var out, complaints bytes.Buffer
	status = run(ctx, args, &out, &complaints)
	return status, out.String(), complaints.String()
}
