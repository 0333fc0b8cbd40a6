package web

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/appliance/internal/store"
	"hilltop/ui/part"
)

func TestHoursNote(t *testing.T) {
	for _, c := range []struct {
		files store.Files
		want  string
	}{
		{store.Files{Hours: 1, Loaded: 1, Oldest: 1_777_593_600_000}, "1 file"},
		{store.Files{Hours: 170, Loaded: 168, Oldest: 1_777_593_600_000},
			"170 files, from 2026-05-01 00:00 UTC on · 2 not loaded: they do not fit in memory, or cannot be read"},
	} {
		if got := hoursNote(c.files); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestDiskFactsSayWhichLimitIsNotKept(t *testing.T) {
	facts := diskFacts(store.Counts{}, store.Files{}, store.Health{Limits: []store.Limit{{Of: "disk", What: "too little", Do: "more"}}}, report.ProcessState{}, 0, time.Unix(0, 0))
	if !slices.ContainsFunc(facts, func(f part.Fact) bool { return f.Name == "Disk limit" && f.Value == "too little" && f.Note == "more" }) {
		t.Errorf("got %+v", facts)
	}
}

func TestTimeWithoutReception(t *testing.T) {
	const hour, day = int64(3_600_000), int64(86_400_000)
	now := time.UnixMilli(100*day + 12*hour)
	gaps := []mesh.Gap{
		{From: 98*day - hour, To: 98*day + hour, Kind: "stopped"},
		{From: 98 * day, To: 98*day + 2*hour, Kind: "clock"}, // half of it is counted already
		{From: 98 * day, To: 98*day + hour, Kind: "stopped"}, // and this, of starts that took no account of each other
		{From: 99 * day, To: 99*day + hour, Kind: "source", Subject: "one of several"},
		{From: 99 * day, To: 99*day + hour, Kind: "disk"},
		{From: 100*day + 10*hour, To: 100*day + 11*hour, Kind: "silent"}, // it ran, and received nothing
		{From: 100*day + 11*hour, Kind: "stopped"},                       // lasts
	}
	h := deafDays(gaps, now)
	if got := h.Values[26:]; !slices.Equal(got, []float64{60, 120, 0, 120}) || !strings.HasSuffix(h.Title, "5 h 0 m in all") {
		t.Errorf("%v: %s", got, h.Title)
	}
}

func TestEndOfACertificate(t *testing.T) {
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		ends time.Time
		tone part.Tone
		word string
	}{
		{time.Time{}, "", ""},
		{now.AddDate(0, 2, 0), part.Good, "certificate good until 2026-07-01"},
		{now.AddDate(0, 0, 3), part.Half, "its certificate ends in 3 d, 2026-05-04"},
		{now.AddDate(0, 0, -3), part.Bad, "its certificate ended 2026-04-28"},
	} {
		if got := certificateState(c.ends, now); got.Tone != c.tone || got.Word != c.word {
			t.Errorf("%v: %+v", c.ends, got)
		}
	}
}

// Where the data directory is, nobody reads who is not signed in: not in errors,
// nor in what is wrong with files.
func TestPathsAreTheOperators(t *testing.T) {
	h := store.Health{Dir: "/srv/mesh", LastError: "open /srv/mesh/journal/7: no space left", Problems: []store.Problem{{File: "/srv/mesh/hours/1", What: "/srv/mesh/hours/1 is torn", Do: "delete /srv/mesh/hours/1"}},
		Limits: []store.Limit{{Of: "disk", What: "/srv/mesh is full", Do: "move /srv/mesh"}}}
	hidden := withoutPaths(h)
	if text := fmt.Sprintf("%+v", hidden); strings.Contains(text, "/srv") || hidden.Problems[0].File != "hours/1" {
		t.Errorf("have %s", text)
	}
	if h.Problems[0].File != "/srv/mesh/hours/1" || h.Limits[0].Do != "move /srv/mesh" {
		t.Errorf("the operator's own changed: %+v", h)
	}
	for _, f := range diskFacts(store.Counts{}, store.Files{}, hidden, report.ProcessState{}, time.Hour, time.Now()) {
		if f.Name == "Directory" {
			t.Error("the directory is named")
		}
	}
}

// The usual directory, data, is a word that errors may have as well.
func TestRelativePathsAreNoWords(t *testing.T) {
	h := withoutPaths(store.Health{Dir: "data", LastError: "open data/journal-7: the database has no data left"})
	if want := "open journal-7: the database has no data left"; h.LastError != want {
		t.Errorf("have %q, want %q", h.LastError, want)
	}
}
