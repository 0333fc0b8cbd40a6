package index

import (
	"context"
	"runtime"
	"sync"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Held is what indexes are built from: the store.
type Held interface {
	Scan(from, to int64, fn func(mesh.Transmission) bool)
	Nodes() []mesh.Node
	Observers() []mesh.Observer
	Metrics(observer string, from, to int64) []mesh.MetricsSample
}

const (
	buildBatch = 512
	endOfTime  = 1<<62 - 1 // Unix ms
	dayMs      = 24 * hourMs
)

// Build fills the empty indexes from all that is held. Nothing may be written
// to the store meanwhile. progress is told how many transmissions are done.
func (x *Set) Build(ctx context.Context, held Held, progress func(done int64)) error {
	for _, n := range held.Nodes() {
		x.PutNode(n)
	}
	for _, o := range held.Observers() {
		x.PutObserver(o)
		x.cadence(held, o)
	}
	var batch []mesh.Transmission
	var done int64
	flush := func() {
		x.applyAll(batch)
		done += int64(len(batch))
		batch = batch[:0]
		progress(done)
	}
	held.Scan(0, endOfTime, func(t mesh.Transmission) bool {
		if batch = append(batch, t); len(batch) == buildBatch {
			flush()
		}
		return ctx.Err() == nil
	})
	flush()
	return ctx.Err()
}

// cadence learns from stored measurements how often an observer's statuses come.
func (x *Set) cadence(held Held, o mesh.Observer) {
	if o.Status == 0 {
		return
	}
	samples := held.Metrics(o.ID, o.Status-dayMs, o.Status+1)
	samples = samples[max(0, len(samples)-statusesKept-1):]
	arrivals := make([]int64, len(samples))
	for i, s := range samples {
		arrivals[i] = s.At
	}
	x.Observers.learnCadence(o.Num, arrivals)
}

// applyAll applies every observation of the transmissions in order of arrival.
// Signatures and ciphers are worked out in parallel first.
func (x *Set) applyAll(batch []mesh.Transmission) {
	if len(batch) == 0 {
		return
	}
	read := make([]Event, len(batch))
	workers := runtime.GOMAXPROCS(0)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(batch); i += workers {
				read[i] = x.Read(batch[i].Type, batch[i].Payload)
			}
		})
	}
	wg.Wait()
	for i, t := range batch {
		x.replay(read[i], t)
	}
}

// Read is the part of an Event that follows from a payload alone.
func (x *Set) Read(typ meshcore.Type, payload []byte) (e Event) {
	e.Type, e.Payload = typ, payload
	switch typ {
	case meshcore.TypeAdvert:
		if a, reason := CheckAdvert(payload); reason == "" {
			e.Advert = &a
		}
	case meshcore.TypeGrpTxt:
		e.Text = ReadText(x.ring, payload)
	}
	return e
}

// replay applies a transmission as if its observations came in one by one.
func (x *Set) replay(e Event, t mesh.Transmission) {
	e.Tx, e.Hash, e.New = t.ID, t.Hash, true
	for i, o := range t.Observations {
		e.Obs = o
		if i == 0 {
			e.First, e.Was = o.At, o.At
		} else {
			e.New, e.Advert, e.Text = false, nil, nil
			e.Was, e.First = e.First, min(e.First, o.At)
		}
		x.Apply(e)
	}
}
