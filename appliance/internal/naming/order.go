package naming

import (
	"cmp"
	"container/heap"
	"context"
	"slices"
)

// Whatever is decided is decided in one order, that of the times at which it is
// due: of one time transmissions by their IDs, then late copies, a sweep, the
// day's pass. It follows from arrivals alone. So the model knows the same at
// every decision, however far behind the Namer is and however often it was
// ended; the clock only says how much of it may be done.

// task is what may come next.
type task int

const (
	nothing   task = iota
	takeFirst      // a transmission's copies are in
	takeMore       // late copies are
	doSweep
	doPass
)

// order is what is to be decided, and what only the Namer's goroutine touches.
type order struct {
	ready   []waiting // from the writer's queue
	missing []waiting // found in the store, ascending; when they are due shows when they are read
	lates   moreHeap
	soon    map[uint64]bool // entries that are not in the store yet
	now     int64           // by the clock that stamps arrivals, Unix ms
	rest    bool            // what waits need not
	until   int64           // where the latest transmission stood at the start, Unix ms
	reached int64           // everything due by then is decided, Unix ms
}

// moreHeap has transmissions with late copies, the one that is due first on top.
type moreHeap []waiting

func (h moreHeap) Len() int { return len(h) }
func (h moreHeap) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(h[i].due, h[j].due), cmp.Compare(h[i].id, h[j].id)) < 0
}
func (h moreHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *moreHeap) Push(v any)   { *h = append(*h, v.(waiting)) }
func (h *moreHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// pull takes over what the writer told.
func (n *Namer) pull() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.ready) == 0 {
		n.ready, n.queue = n.queue, nil
	}
	for _, w := range n.late {
		heap.Push(&n.lates, w)
	}
	n.late = n.late[:0]
	if len(n.ready) == 0 && len(n.missing) == 0 && len(n.lates) == 0 {
		n.rests = false
	}
	if n.order.now, n.order.rest = n.now, n.rests; n.now == 0 {
		n.order.now = n.until // nothing has come in yet
	}
	n.held = len(n.ready)
}

// head is the transmission to be taken next; false if there is none.
func (n *Namer) head() (w waiting, ok bool) {
	for len(n.ready) > 0 && n.isTaken(n.ready[0]) {
		n.ready = n.ready[1:]
	}
	for len(n.missing) > 0 && (len(n.ready) == 0 || n.missing[0].id <= n.ready[0].id) {
		w := &n.missing[0]
		if w.due == 0 && !n.isTaken(*w) {
			if tx, ok := n.store.PacketByID(w.id); ok {
				w.due = arrivalsOf(&tx).firstDue()
			}
		}
		if w.due != 0 && !n.isTaken(*w) {
			return *w, true
		}
		n.missing = n.missing[1:] // it went, or was taken
	}
	if len(n.ready) > 0 {
		return n.ready[0], true
	}
	return w, false
}

// isTaken tells whether a transmission has an entry.
func (n *Namer) isTaken(w waiting) bool {
	if n.soon[w.id] {
		return true
	}
	h := n.names.hours[w.hour]
	return h != nil && h.has(w.id)
}

// next is what is to be done next and may be done already; all says that
// transmissions need not wait for copies.
func (n *Namer) next(all bool) (task, waiting) {
	n.pull()
	what, at := nothing, int64(1<<63-1)
	w, ok := n.head()
	if ok {
		what, at = takeFirst, w.due
	}
	if len(n.lates) > 0 && n.lates[0].due < at {
		what, w, at = takeMore, n.lates[0], n.lates[0].due
	}
	sweep, pass := n.sweep.at, n.passAt
	switch {
	case sweep != 0 && sweep < at && sweep < n.order.now && (pass == 0 || sweep <= pass):
		return doSweep, waiting{due: sweep}
	case pass != 0 && pass < at && pass < n.order.now:
		return doPass, waiting{due: pass}
	}
	switch {
	case what == nothing, !all && !n.order.rest && !n.isDue(at, what):
		return nothing, w
	case what == takeMore:
		heap.Pop(&n.lates)
	case len(n.missing) > 0 && n.missing[0].id == w.id:
		n.missing = n.missing[1:]
	default:
		n.ready = n.ready[1:]
	}
	return what, w
}

// backMS is how far a recording's time must have gone back for what waits not
// to be waited for: another file begins.
const backMS = 600_000

// isDue tells whether a time has come.
func (n *Namer) isDue(due int64, what task) bool {
	back := int64(backMS)
	if what == takeMore {
		back += overMS
	}
	return n.order.now != 0 && (due < n.order.now || due > n.order.now+back)
}

// dueMost is how many transmissions are taken before readers and the store hear
// of them.
const dueMost = 256

// takeDue does everything that is due.
func (n *Namer) takeDue(ctx context.Context, all bool) {
	for ctx.Err() == nil {
		if before := n.takeDropped(); before != 0 {
			n.drop(before)
		}
		if n.takePassed() {
			n.findMissing()
		}
		any := n.takeSome(ctx, all)
		n.store.DecidedTo(n.reached)
		if !any {
			return
		}
	}
}

// takeSome does some of what is due; false if nothing was.
func (n *Namer) takeSome(ctx context.Context, all bool) (any bool) {
	defer n.flush()
	for range dueMost {
		what, w := n.next(all)
		switch what {
		case nothing:
			n.reached = n.order.now
			return any
		case takeFirst:
			if tx, ok := n.store.PacketByID(w.id); ok {
				n.take(&tx, w.hour)
			}
		case takeMore:
			n.takeMore(w)
		case doSweep:
			n.flush()
			n.doSweep()
			return true
		case doPass:
			n.flush()
			n.endPass(ctx)
			if ctx.Err() == nil {
				n.beginPass(w.due)
			}
			return true
		}
		any, n.reached = true, w.due
	}
	return any
}

// findMissing looks in the store for what nobody has taken.
func (n *Namer) findMissing() {
	n.flush()
	n.missing = n.missing[:0]
	total := n.store.Counts().Transmissions
	for _, hour := range n.store.Hours() {
		h, packed := n.names.hours[hour], n.store.Decided(hour)
		var late []uint64
		n.store.PickHour(hour).Heads(func(id uint64, copies int) {
			in, taken := 0, false
			if h != nil {
				in, taken = h.in(packed, id)
			}
			switch {
			case !taken:
				n.missing = append(n.missing, waiting{id: id, hour: hour})
			case in < copies:
				late = append(late, id)
			}
		})
		for _, id := range late {
			if tx, ok := n.store.PacketByID(id); ok {
				in, _ := h.in(packed, id)
				n.waitMore(&tx, hour, in)
			}
		}
	}
	slices.SortFunc(n.missing, func(a, b waiting) int { return cmp.Compare(a.id, b.id) })
	n.gate.Progress(min(n.names.taken, total), total)
}
