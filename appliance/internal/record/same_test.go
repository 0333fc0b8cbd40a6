package record_test

import (
	"reflect"
	"testing"
)

func same[T any](t *testing.T, what string, got, want []T) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: got %d, want %d", what, len(got), len(want))
		return
	}
	for i := range got {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("%s: number %d differs:\ngot  %+v\nwant %+v", what, i, got[i], want[i])
			return
		}
	}
	if len(want) == 0 {
		t.Errorf("%s: nothing to compare", what)
	}
}
