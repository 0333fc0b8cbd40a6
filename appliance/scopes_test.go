package main

import (
	"slices"
	"testing"
)

// What the operator has listed comes first, so that of two names that fit one
// packet it is taken; what was learned comes last.
func TestKnownScopes(t *testing.T) {
	configured := []string{"#sea", "#pnw"}
	if got, want := knownScopes(configured, nil, []string{"#west", "#sea"}), []string{"#sea", "#pnw", "#west"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if !slices.Equal(configured, []string{"#sea", "#pnw"}) {
		t.Errorf("the configuration has become %q", configured)
	}
}
