package web

import (
	"slices"
	"testing"
	"time"

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
