package record

import (
	"fmt"
	"time"

	"hilltop/appliance/internal/mesh"
)

// Kinds of gaps that the recorder enters.
const (
	GapStopped   = "stopped"
	GapSilent    = "silent"
	GapSource    = "source"
	GapQueue     = "queue"
	GapClock     = "clock"
	GapClockStep = "clock-step"
)

const (
	stepFrom  = 2 * time.Second  // a smaller step of the clock is its usual slewing
	queueCalm = 10 * time.Second // without loss, after which a gap of the queue has ended
)

// ledger is the writer's part of the gap ledger: what has begun.
type ledger struct {
	losses  map[string]*loss  // by source
	sources map[string]uint64 // number of the gap of a source that is down
	newest  int64             // when something arrived last, or this run began; Unix ms, 0 in a recording
	silent  uint64            // number of the gap of a silence that lasts; 0 none
}

// loss is a span in which messages of a source did not fit the queue.
type loss struct {
	from, last time.Time
	lost       int64
}

func newLedger() ledger {
	return ledger{losses: make(map[string]*loss), sources: make(map[string]uint64)}
}

// queue takes what the inbox dropped; losses soon after each other are one gap.
func (l *ledger) queue(w *writer, now time.Time) {
	for source, n := range w.r.o.Inbox.takeLost() {
		have := l.losses[source]
		if have == nil {
			have = &loss{from: now}
			l.losses[source] = have
		}
		have.last = now
		have.lost += n
	}
	for source, have := range l.losses {
		if now.Sub(have.last) >= queueCalm {
			l.enter(w, source, have)
		}
	}
}

func (l *ledger) enter(w *writer, source string, have *loss) {
	delete(l.losses, source)
	w.store.AddGap(mesh.Gap{
		From: have.from.Add(-tickEvery).UnixMilli(), To: have.last.UnixMilli(),
		Kind: GapQueue, Subject: source, Lost: have.lost,
		Note: "more messages came than could be taken in",
	})
}

// heard takes that something arrived, which ends a silence.
func (l *ledger) heard(w *writer, at time.Time) {
	if l.newest == 0 {
		return
	}
	l.newest = max(l.newest, at.UnixMilli())
	if l.silent != 0 {
		w.store.CloseGap(l.silent, l.newest, 0)
		l.silent = 0
	}
}

// silence enters that nothing has arrived for long. It lasts until something does, or
// until the run ends, which the next start finds.
func (l *ledger) silence(w *writer, now time.Time) {
	if l.newest == 0 || l.silent != 0 || now.UnixMilli()-l.newest <= silentFrom.Milliseconds() {
		return
	}
	l.silent = w.store.AddGap(mesh.Gap{From: l.newest, Kind: GapSilent})
}

// flush enters what has not ended yet.
func (l *ledger) flush(w *writer, _ time.Time) {
	for source, have := range l.losses {
		l.enter(w, source, have)
	}
}

// noteClock enters that messages waited for the clock.
func (w *writer) noteClock(now time.Time, waited time.Duration) {
	if waited < clockEvery {
		return
	}
	w.store.AddGap(mesh.Gap{
		From: now.Add(-waited).UnixMilli(), To: now.UnixMilli(), Kind: GapClock,
		Note: "the time was not known; what arrived was kept and placed when it was",
	})
}

// noteStep compares the machine's clock with its monotonic one.
func (w *writer) noteStep(last, now time.Time) {
	step := now.Round(0).Sub(last.Round(0)) - now.Sub(last)
	if step.Abs() < stepFrom {
		return
	}
	from, to := last.UnixMilli(), now.UnixMilli()
	w.store.AddGap(mesh.Gap{
		From: min(from, to), To: max(from, to), Kind: GapClockStep,
		Note: fmt.Sprintf("the machine's clock was set by %s", step.Round(time.Millisecond)),
	})
}

// SourceDown enters that a source delivers nothing from now on, and why.
func (r *Recorder) SourceDown(name string, at time.Time, why string) {
	r.do(func(w *writer) {
		if _, down := w.ledger.sources[name]; !down {
			w.ledger.sources[name] = w.store.AddGap(mesh.Gap{From: at.UnixMilli(), Kind: GapSource, Subject: name, Note: why})
		}
	})
}

// SourceUp ends what SourceDown began.
func (r *Recorder) SourceUp(name string, at time.Time) {
	r.do(func(w *writer) {
		if id, down := w.ledger.sources[name]; down {
			delete(w.ledger.sources, name)
			w.store.CloseGap(id, at.UnixMilli(), 0)
		}
	})
}
