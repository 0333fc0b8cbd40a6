package record

import "time"

// backFrom is how far a recording's time must go back before it is believed: a
// message lay in the future, or another file begins.
const backFrom = 10 * time.Minute

// timers is when the writer last did what it does now and then.
type timers struct {
	ticked    time.Time
	committed time.Time // of a recording; else a ticker of its own says when to commit
	failing   bool      // the last commit did not succeed
}

// begin notes what the start shows, for the ledger.
func (w *writer) begin(now time.Time, p readiness) {
	if w.r.o.Recorded {
		return
	}
	w.timers = timers{ticked: now}
	w.noteRuns(now, p)
	w.noteClock(now, p.waited)
}

// tick does what is due. In a recording now is the arrival of a message, which
// may lie before the last one.
func (w *writer) tick(now time.Time) {
	t := &w.timers
	if t.ticked.IsZero() {
		*t = timers{ticked: now, committed: now}
	}
	switch back := t.ticked.Sub(now); {
	case !w.r.o.Recorded:
		w.noteStep(t.ticked, now)
	case back >= backFrom:
		t.committed = now
	case back > 0:
		return
	}
	t.ticked = now
	w.r.arrived.Store(now.UnixMilli())
	if w.r.o.Names != nil {
		w.r.o.Names.Now(now.UnixMilli())
	}
	w.ledger.queue(w, now)
	w.ledger.silence(w, now)
	if w.r.o.Recorded && now.Sub(t.committed) >= w.r.o.Interval {
		_ = w.commit(now) // logged; Health says it
	}
}

// commit cuts a frame. That the disk cannot be written is the store's health,
// and never stops reception.
func (w *writer) commit(now time.Time) error {
	w.timers.committed = now
	w.settleClocks()
	err := w.store.Commit()
	if err != nil && !w.timers.failing {
		w.r.o.Log.Error("frame could not be cut", "err", err)
	}
	w.timers.failing = err != nil
	return err
}

// work does what others want written.
func (w *writer) work() {
	for _, task := range w.r.takeTasks() {
		task(w)
	}
}

// end does what is due at the end.
func (w *writer) end() error {
	now := w.r.o.Clock.Now()
	if w.r.o.Recorded {
		if now = w.timers.ticked; now.IsZero() {
			return nil
		}
	}
	w.work()
	w.ledger.queue(w, now)
	w.ledger.flush(w, now)
	w.settleClocks()
	if !w.r.o.Recorded {
		w.noteEnd(now)
	}
	return w.store.Commit()
}
