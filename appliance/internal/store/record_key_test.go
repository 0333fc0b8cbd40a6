package store

import (
	"fmt"
	"math"
	"testing"
)

// Keys are the hour and the ID in as many hex digits as sort them.
func TestRecordKey(t *testing.T) {
	for _, hour := range []uint32{0, 1, 495_000, math.MaxUint32} {
		for _, id := range []uint64{0, 1, 0xabc, 999_999_999_999_999, 1<<52 - 1, 1 << 52, math.MaxUint64} {
			if got, want := recordKey(hour, id), fmt.Sprintf("t/%08x/%013x", hour, id); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	}
}
