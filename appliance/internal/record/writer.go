package record

import (
	"fmt"
	"time"

	"hilltop/appliance/internal/live"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/observer"
)

// writer is what only the writing goroutine touches.
type writer struct {
	r     *Recorder
	store *store.Store

	observers map[string]*observerState
	feeds     map[feed]uint32
	clockBack map[meshcore.PublicKey]uint32 // see learnNode
	ledger    ledger
	timers    timers
	began     int64 // when messages were held first, Unix ms; 0 of a recording
}

// feed is one way that messages come: two messages of one feed with different
// times are two observations.
type feed struct {
	source, client string
	dialect        observer.Dialect
}

func newWriter(r *Recorder, s *store.Store) *writer {
	return &writer{
		r: r, store: s,
		observers: make(map[string]*observerState),
		feeds:     make(map[feed]uint32),
		clockBack: make(map[meshcore.PublicKey]uint32),
		ledger:    newLedger(),
	}
}

// run handles batches until there are no more. Frames are cut by a ticker of
// their own, which keeps to its times: a cut that comes late does not put off
// the next one, so that no two of them lie further apart than an interval and
// the handling of one batch.
func (w *writer) run(batches <-chan *batch) {
	tick, cut := time.NewTicker(tickEvery), time.NewTicker(w.r.o.Interval)
	defer tick.Stop()
	defer cut.Stop()
	beat, due := tick.C, cut.C
	if w.r.o.Recorded {
		beat, due = nil, nil
	}
	for {
		select { // a frame that is due comes before whatever else waits
		case <-due:
			_ = w.commit(w.r.o.Clock.Now()) // logged; Health says it
		default:
		}
		select {
		case b, ok := <-batches:
			if !ok {
				return
			}
			<-b.done
			for i := range b.out {
				w.take(&b.out[i])
			}
			w.afterBatch(b)
		case <-beat:
			w.tick(w.r.o.Clock.Now())
		case <-due:
			_ = w.commit(w.r.o.Clock.Now()) // logged; Health says it
		case <-w.r.wake:
			w.work()
		}
	}
}

// afterBatch looks at the timers of a recording, which its arrivals drive.
func (w *writer) afterBatch(b *batch) {
	last := b.out[len(b.out)-1].arrived
	if w.r.o.Recorded {
		w.tick(last)
		return
	}
	w.r.counters.lag(w.r.o.Clock.Now().Sub(last))
}

// take handles one message. A panic loses this message and no other.
func (w *writer) take(p *parsed) {
	defer func() {
		if v := recover(); v != nil {
			w.lost(p, v)
		}
	}()
	if ahead := p.arrived.Sub(w.timers.ticked); w.r.o.Recorded && (ahead >= tickEvery || ahead <= -backFrom) {
		w.tick(p.arrived)
	}
	w.handle(p)
}

// lost counts a message that brought the code down.
func (w *writer) lost(p *parsed, v any) {
	w.r.o.Log.Error("message lost", "err", fmt.Sprint(v), "source", p.source)
	w.r.counters.panicked()
	w.store.CountMalformed(mesh.Malformed{At: p.arrived.UnixMilli(), Source: p.source, Reason: string(reasonPanic), Topic: p.topic})
}

func (w *writer) handle(p *parsed) {
	m := &p.message
	w.r.counters.handled(m)
	w.ledger.heard(w, p.arrived)
	if p.panic != nil {
		w.lost(p, p.panic)
		return
	}
	if m.Kind == observer.KindMalformed {
		w.store.CountMalformed(mesh.Malformed{
			At: p.arrived.UnixMilli(), Source: p.source, Reason: string(m.Reason), Topic: p.topic, Payload: p.payload,
		})
		return
	}
	if m.Observer == "" {
		return
	}
	if !w.wanted(p) {
		w.r.counters.filtered()
		return
	}
	switch m.Kind {
	case observer.KindPacket:
		w.packet(p)
	case observer.KindStatus, observer.KindMetrics:
		w.status(p)
	case observer.KindNeighbors:
		w.alive(w.meet(p))
		w.scopes(m.Neighbors)
	case observer.KindIgnored:
		if m.Reason == observer.NoFrame {
			w.alive(w.meet(p))
		}
	}
}

// wanted applies the source's filter of regions.
func (w *writer) wanted(p *parsed) bool {
	filter := w.r.o.Sources[p.source].IATAFilter
	if len(filter) == 0 {
		return true
	}
	for _, region := range filter {
		if region == p.message.Region {
			return true
		}
	}
	return false
}

// publish tells the pages, after store and indexes know.
func (w *writer) publish(e live.Event) {
	if w.r.o.Live != nil {
		w.r.o.Live.Publish(e)
	}
}
