package evidence_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"sscard/sm"
	"sscard/terminal/evidence"
)

// A back end checks the token that came with its nonce.
func ExampleChecker() {
	token, nonce, file := received()

	roots, err := sm.ParseCertificates(file) // PEM, read once
	if err != nil {
		log.Fatal(err)
	}
	checker := evidence.Checker{
		Trust:  &sm.Trust{Roots: roots},
		MaxAge: 5 * time.Minute,
		Now:    time.Date(2026, 1, 1, 4, 0, 2, 0, time.UTC), // leave it out: the present
	}

	proof, err := checker.Check(token, evidence.Want{Nonce: nonce, Origin: "https://counter.example"})
	if failed, ok := errors.AsType[*evidence.Error](err); ok {
		fmt.Println("not proved:", failed.Step)
		return
	}
	fmt.Println("signed by card", proof.CardNumber)

	_, err = checker.Check(token, evidence.Want{Nonce: []byte("the nonce of the next one"), Origin: "https://counter.example"})
	if failed, ok := errors.AsType[*evidence.Error](err); ok {
		fmt.Println("not proved:", failed.Step)
	}
	// Output:
	// signed by card A00000003
	// not proved: nonce
}

// received is what a back end has of a visit: the token that it was sent, the nonce that it had given, and its file
// of roots.
func received() (token string, nonce, roots []byte) {
	roots, err := os.ReadFile("../../testdata/evidence/roots.pem")
	if err != nil {
		log.Fatal(err)
	}
	file, err := os.ReadFile("../../testdata/evidence/good.json")
	if err != nil {
		log.Fatal(err)
	}
	var vectors []struct{ Token, Nonce string }
	if err := json.Unmarshal(file, &vectors); err != nil {
		log.Fatal(err)
	}
	if nonce, err = hex.DecodeString(vectors[0].Nonce); err != nil {
		log.Fatal(err)
	}
	return vectors[0].Token, nonce, roots
}
