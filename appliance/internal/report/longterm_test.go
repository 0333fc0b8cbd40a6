package report_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// Days count what came in, whether it is sealed, condensed, gone or none of that.
func TestLongTermCountsEveryDay(t *testing.T) {
	begins := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	s, err := store.Open(store.Options{Dir: t.TempDir(), MaxAge: 30 * 24 * time.Hour, Now: func() time.Time { return begins }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Load(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if days := report.LongTerm(s, begins); len(days) > 0 {
		t.Errorf("of nothing: %v", days)
	}
	want := make([]string, 60)
	for day := range want {
		packets := 0
		for n := range day % 4 { // none on some days
			at := begins.AddDate(0, 0, day).Add(time.Duration(n) * 7 * time.Hour).UnixMilli()
			for observer := range uint32(2) {
				s.Place(store.Copy{Hash: meshcore.Hash{byte(day), byte(n)}, Type: meshcore.TypeTxtMsg, Payload: []byte{byte(day), byte(n)},
					Obs: mesh.Observation{At: at, Arrived: at, Observer: 1 + observer, Header: 1, SNR4: mesh.NoSNR}})
			}
			packets++
		}
		want[day] = fmt.Sprint(begins.AddDate(0, 0, day).Format(time.DateOnly), packets, 2*packets)
	}
	now := begins.AddDate(0, 0, len(want)-1).Add(23 * time.Hour)
	want = want[1:] // nothing is known of the first
	check := func(when string) {
		t.Helper()
		var got []string
		for _, d := range report.LongTerm(s, now) {
			got = append(got, fmt.Sprint(d.Begins.Format(time.DateOnly), d.Transmissions, d.Observations))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", when, got, want)
		}
	}
	check("open")
	for _, hour := range s.Hours()[3:] {
		if _, err := s.Seal(hour); err != nil {
			t.Fatal(err)
		}
	}
	check("sealed")
	s.Condense(now)
	check("condensed")
	if s.Evict(now) == 0 {
		t.Error("nothing went")
	}
	check("gone")
}
