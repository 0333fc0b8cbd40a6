package record_test

import (
	"slices"
	"testing"

	"hilltop/firmware-bridge/observer"
)

// What observers say of their scopes and their neighbours' is learned; names
// that recognise nothing, or that would turn a page round, are not.
func TestScopesAreLearnedFromObservers(t *testing.T) {
	tell := func(payload string) observer.Envelope {
		return observer.Envelope{Source: "one", Topic: "meshcore/SEA/" + roof + "/neighbors", Payload: []byte(payload), Arrived: after(0)}
	}
	b := recorded(t,
		tell(`{"origin": "Roof", "self": {"default_scope": "sea", "scopes": "#pnw,*,$secret"}, "neighbors": []}`),
		tell(`{"origin": "Roof", "self": {"default_scope": "*", "scopes": "#sea,with blank,0123456789012345678901234567890"},
			"neighbors": [{"pubkey": "`+tower+`", "scopes": "#west,#pnw"}]}`))
	if got, want := b.store.LearnedScopes(), []string{"#sea", "#pnw", "#west"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
