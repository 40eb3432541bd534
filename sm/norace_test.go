//go:build !race

package sm_test

const racing = false
