package record

import (
	"fmt"
	"time"

	"hilltop/appliance/internal/mesh"
)

const (
	stoppedFrom = 5 * time.Second  // a shorter stop, or run without a message, is none worth telling
	silentFrom  = 10 * time.Minute // nor is a shorter silence at the end of a run that received something
)

// settingRun is the setting that tells of the newest run: when it began and, if
// it was stopped in order, when it ended; Unix ms, decimal.
const settingRun = "run"

// runs is what the store shows of the runs before this one. Times are Unix ms,
// 0 where nothing is known.
type runs struct {
	began  int64 // the newest start
	quiet  int64 // to when the newest silence lasted that is entered and over
	heard  int64 // when something arrived last
	alive  int64 // the last sign of life
	broken bool  // the newest run that is noted was not stopped in order
	silent bool  // a silence that lasted to the end is entered already
}

// runsBefore reads them off a start's note, the newest arrival and the ledger:
// each beginning and end of a gap is a sign of life, that of the gap of a start
// is the start. A time after now was taken from a clock that was wrong, and is
// now at the most.
func runsBefore(now int64, note string, heard int64, ledger []mesh.Gap) (r runs) {
	var began, ended int64
	_, _ = fmt.Sscan(note, &began, &ended) // what cannot be read is not known
	r = runs{began: min(began, now), heard: min(heard, now), alive: min(ended, now), broken: began > 0 && ended == 0}
	for _, g := range ledger {
		if g.Kind == GapClockStep {
			continue // one of its ends is no time that was
		}
		r.alive = max(r.alive, min(g.From, now), min(g.To, now))
		switch {
		case g.Kind == GapSilent && g.To == 0: // it was entered when it had lasted for so long
			r.silent = true
			r.alive = max(r.alive, min(g.From+silentFrom.Milliseconds(), now))
		case g.Kind == GapSilent:
			r.quiet = max(r.quiet, min(g.To, now))
		case g.Kind == GapStopped || g.Kind == GapClock:
			r.began = max(r.began, min(g.To, now))
		}
	}
	r.alive = max(r.alive, r.began, r.quiet, r.heard)
	return r
}

// gaps are what a start at now enters: the silence at the end of the run before,
// and the time since its last sign of life. They are disjoint, sorted, and begin
// after all that runsBefore was shown of starts.
func (r runs) gaps(now int64) (out []mesh.Gap) {
	least := silentFrom
	if max(r.heard, r.quiet) <= r.began {
		least = stoppedFrom
	}
	enter := func(from, to int64, least time.Duration, kind, note string) {
		if from > 0 && to-from > least.Milliseconds() {
			out = append(out, mesh.Gap{From: from, To: to, Kind: kind, Note: note})
		}
	}
	if !r.silent {
		enter(max(r.began, r.quiet, r.heard), r.alive, least, GapSilent, "")
	}
	note := "the appliance was not running"
	if r.broken {
		note = "the appliance was not stopped in order, and gave no sign of life"
	}
	enter(r.alive, now, stoppedFrom, GapStopped, note)
	return out
}

// noteRuns enters what the start shows of the runs before, and that this one has
// begun. What the last run left open ends with its last sign of life: who was
// down then is not known to be down since.
func (w *writer) noteRuns(now time.Time, p readiness) {
	began := now.Add(-p.took).UnixMilli() // from then on messages were held
	heard := p.newest
	for _, m := range w.store.Malformed().Last {
		if m.At <= began {
			heard = max(heard, m.At)
		}
	}
	note, _ := w.store.Setting(settingRun)
	before := runsBefore(began, note, heard, w.store.Gaps(0, 1<<62))
	for id, g := range w.store.OpenGaps() {
		w.store.CloseGap(id, max(before.alive, g.From), g.Lost)
	}
	for _, g := range before.gaps(began) {
		w.store.AddGap(g)
	}
	w.began = began
	w.ledger.newest = began
	w.store.PutSetting(settingRun, fmt.Sprint(began))
}

// noteEnd enters that the run is stopped in order.
func (w *writer) noteEnd(now time.Time) {
	w.store.PutSetting(settingRun, fmt.Sprint(w.began, now.UnixMilli()))
}
