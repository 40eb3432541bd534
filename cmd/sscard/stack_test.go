package main

import "testing"

type stackTests struct{ *testing.M }
