package record

import (
	"context"
	"errors"
	"time"

	"hilltop/appliance/internal/store"
)

// How often the house is looked after.
const (
	houseEvery    = time.Second      // hours to seal, memory
	retainEvery   = time.Minute      // age
	diskEvery     = 10 * time.Minute // disk
	condenseEvery = time.Hour        // rollups
	sealAgain     = 10 * time.Minute // an hour that could not be sealed
)

// house seals hours whose copies are in and lets go of what is beyond the
// limits. It is not the writer's goroutine: neither reception nor pages wait
// for it.
type house struct {
	r        *Recorder
	store    *store.Store
	failed   map[uint32]time.Time // hours that could not be sealed, and when, by the machine's clock
	retained time.Time
	disk     time.Time
	condense time.Time
}

// KeepHouse looks after the hours until ctx is done. It waits for the store,
// and for a clock that can be believed: one that is wrong would let go of
// everything.
func (r *Recorder) KeepHouse(ctx context.Context) {
	s, err := r.o.Store.Wait(ctx)
	if err == nil {
		_, err = r.o.Clock.Gate().Wait(ctx)
	}
	if err != nil {
		return // ctx is done, or there is no store to look after
	}
	h := house{r: r, store: s, failed: make(map[uint32]time.Time)}
	tick := time.NewTicker(houseEvery)
	defer tick.Stop()
	for {
		h.look(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// EndHouse does what is due at the end of a recording, after KeepHouse has
// ended.
func (r *Recorder) EndHouse(ctx context.Context) {
	if s, ok := r.o.Store.Get(); ok && r.o.Recorded {
		h := house{r: r, store: s, failed: make(map[uint32]time.Time)}
		h.look(ctx)
	}
}

// Now is the time by the clock that stamps arrivals: of a recording where it
// stands, zero before its first message.
func (r *Recorder) Now() time.Time {
	if !r.o.Recorded {
		return r.o.Clock.Now()
	}
	ms := r.arrived.Load()
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

func (h *house) look(ctx context.Context) {
	now := h.r.Now()
	if now.IsZero() {
		return
	}
	h.drop(h.store.TrimMemory())
	for _, hour := range h.store.SealDue(now) {
		if ctx.Err() != nil || h.store.Health().LastError != "" {
			break // it waits until the disk can be written again
		}
		h.try(hour, h.store.Seal)
		h.drop(h.store.TrimMemory()) // a fast recording has many to seal
	}
	for _, hour := range h.store.MergeDue(now) {
		if ctx.Err() != nil || h.store.Health().LastError != "" {
			break
		}
		h.try(hour, func(hour uint32) (bool, error) { return h.merge(ctx, hour) })
	}
	h.retain(now)
}

// try seals or merges an hour, unless it could not be a short while ago.
func (h *house) try(hour uint32, seal func(hour uint32) (bool, error)) {
	if at, failed := h.failed[hour]; failed && time.Since(at) < sealAgain {
		return
	}
	switch _, err := seal(hour); {
	case errors.Is(err, context.Canceled), errors.Is(err, ErrEnded):
		return // nothing is wrong with the hour
	case err != nil:
		h.failed[hour] = time.Now()
		h.r.o.Log.Error("hour could not be sealed", "begins", time.UnixMilli(int64(hour)*3_600_000).UTC(), "err", err)
		return
	}
	delete(h.failed, hour)
}

// merge merges what came late for an hour that is not loaded. The writer places
// once more what waited, so that the indexes are told in order.
func (h *house) merge(ctx context.Context, hour uint32) (bool, error) {
	return h.store.MergeUnloaded(hour, func(compare func() ([]store.Again, bool)) error {
		for {
			placed := make(chan bool, 1)
			h.r.do(func(w *writer) {
				list, more := compare()
				for i := range list {
					w.compared(&list[i])
				}
				placed <- more
			})
			select {
			case more := <-placed:
				if !more {
					return nil
				}
			case <-ctx.Done():
				return ctx.Err()
			case <-h.r.ended:
				return ErrEnded
			}
		}
	})
}

// retain lets go of what is too old or too much. A recorded time in the future
// makes nothing older than it is.
func (h *house) retain(now time.Time) {
	if wall := h.r.o.Clock.Now(); now.After(wall) {
		now = wall
	}
	if due(&h.retained, now, retainEvery) {
		h.drop(h.store.Evict(now))
	}
	if due(&h.disk, now, diskEvery) {
		h.drop(h.store.TrimDisk())
	}
	if due(&h.condense, now, condenseEvery) {
		h.store.Condense(now)
	}
}

// due tells whether something is to be done again, also when the clock was set
// back, and notes that it is.
func due(last *time.Time, now time.Time, every time.Duration) bool {
	if age := now.Sub(*last); age >= 0 && age < every {
		return false
	}
	*last = now
	return true
}

// drop has the indexes forget what stands before a time, Unix ms; 0 is nothing.
// The writer says it once more: what it placed just before the hour went, it
// told the indexes just after.
func (h *house) drop(before int64) {
	if before == 0 {
		return
	}
	forget := func() {
		h.r.o.Index.DropBefore(before)
		if h.r.o.Names != nil {
			h.r.o.Names.DropBefore(before)
		}
	}
	forget()
	h.r.do(func(*writer) { forget() })
}
