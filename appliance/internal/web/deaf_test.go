package web

import (
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
)

// TestEndsOfAShortGapAreTold has a gap of ten seconds within a minute.
func TestEndsOfAShortGapAreTold(t *testing.T) {
	now := time.Date(2026, 6, 10, 12, 0, 0, 0, time.UTC)
	at := func(ago time.Duration) int64 { return now.Add(-ago).UnixMilli() }
	for _, c := range []struct {
		gap  mesh.Gap
		want string
	}{
		{mesh.Gap{From: at(50 * time.Second), To: at(40 * time.Second), Kind: "stopped"}, "11:59:10 to 11:59:20: this machine was off"},
		{mesh.Gap{From: at(50 * time.Minute), To: at(40 * time.Minute), Kind: "stopped"}, "11:10 to 11:20: this machine was off"},
		{mesh.Gap{From: at(20 * time.Second), Kind: "stopped"}, "11:59 to now: this machine was off"},
	} {
		if have := deafSpans([]mesh.Gap{c.gap}, at(time.Hour), at(0), now); len(have) != 1 || have[0].Reason != c.want {
			t.Errorf("got %+v, want %q", have, c.want)
		}
	}
}
