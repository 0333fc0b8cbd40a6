package naming

import (
	"sync"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/resolve"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// Names hands out who relayed what.
type Names struct {
	store     *store.Store
	ring      *meshcore.KeyRing
	threshold float64
	works     sync.Pool // of *work

	asked provisional

	mu    sync.RWMutex          // the Namer holds it to change anything
	model *resolve.Model        // guarded by mu
	keys  nodeKeys              // guarded by mu; what entries number
	hours map[uint32]*hourNames // guarded by mu
	taken int64                 // guarded by mu; transmissions whose entry the store has
	again int64                 // guarded by mu; hours that were named once more
}

// work is the memory of one reader.
type work struct {
	resolve.Work
	tree   tree
	naming resolve.Naming // what is handed out
	late   resolve.Naming // of what nobody has decided
	entry  entry
	path   []resolve.Name
}

func newNames(s *store.Store, ring *meshcore.KeyRing, threshold float64) *Names {
	x := &Names{store: s, ring: ring, threshold: threshold, keys: readKeys(s.Named()), hours: map[uint32]*hourNames{}}
	x.works.New = func() any { return &work{} }
	return x
}

// spareNodes is how large a tree may be whose memory is kept for the next reader, in
// nodes and reports: many times what a flood has.
const spareNodes = 4096

// done gives a reader's memory back, unless a flood far larger than usual has made it
// large.
func (x *Names) done(w *work) {
	if cap(w.tree.flood.Nodes)+cap(w.tree.flood.Reports)+cap(w.tree.report) <= spareNodes {
		x.works.Put(w)
	}
}

// Hop is who is behind a hop.
type Hop struct {
	Key   meshcore.PublicKey // the likeliest node that is known; valid iff Any
	Any   bool
	P     float64 // the probability that it is Key, 0 if none
	Named bool    // P reaches the threshold
	// Provisional says that it was not decided: the packet may still be growing,
	// or the copy came late.
	Provisional bool
}

// Paths is who is behind the hops of a transmission's copies.
type Paths struct {
	// Hops are by observation, each in the order of its path; nil of one that is
	// no flood, or does not fit the others.
	Hops [][]Hop
	// Decided is when names were decided, Unix ms; 0 if all are provisional.
	// Passed says that the day's pass decided them.
	Decided int64
	Passed  bool
}

// Threshold is the least probability of a hop that is named.
func (x *Names) Threshold() float64 { return x.threshold }

// Taken is how many transmissions were taken, of all that are held.
func (x *Names) Taken() int64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.taken
}

// Again is how many times an hour's names were decided once more.
func (x *Names) Again() int64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.again
}

// Told tells apart what was decided of the hours of from ≤ hour < to at different
// times, as long as no hour was named once more (Again): it counts entries and what
// they grew by.
func (x *Names) Told(from, to uint32) (n int64) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for hour, h := range x.hours {
		if hour >= from && hour < to {
			n += h.told
		}
	}
	return n
}

// find gives what was decided of a transmission that stands at a time. It may
// have moved a little since, into another hour. mu is held.
func (x *Names) find(id uint64, first int64, e *entry) bool {
	for _, hour := range [...]uint32{mesh.HourOf(first), mesh.HourOf(first) + 1, mesh.HourOf(first) - 1} {
		if h := x.hours[hour]; h != nil && h.has(id) {
			return h.unpack(x.store.Decided(hour), id, e)
		}
	}
	return false
}

// Paths names the hops of every copy of a transmission.
func (x *Names) Paths(tx mesh.Transmission) Paths {
	out := Paths{Hops: make([][]Hop, len(tx.Observations))}
	w := x.works.Get().(*work)
	defer x.done(w)
	if !w.tree.build(&tx, len(tx.Observations), x.ring) || len(w.tree.flood.Nodes) == 0 {
		return out
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	decided := 0
	if x.find(tx.ID, tx.First(), &w.entry) && len(w.entry.nodes) > 0 {
		decided = min(len(w.tree.flood.Nodes), len(w.entry.nodes))
		out.Decided, out.Passed = w.entry.decided, w.entry.passed
	}
	x.complete(w, tx.ID, decided)
	for i, report := range w.tree.report {
		if report >= 0 {
			out.Hops[i] = x.hops(w, report, decided)
		}
	}
	return out
}

// Path names the hops of one copy, as Paths does, for much less where they were
// decided.
func (x *Names) Path(tx mesh.Transmission, observation int) []Hop {
	w := x.works.Get().(*work)
	defer x.done(w)
	if !w.tree.grow(&tx, observation+1) || w.tree.report[observation] < 0 {
		return nil
	}
	report := w.tree.report[observation]
	if hops, ok := x.decidedPath(w, &tx, report); ok {
		return hops
	}
	w.tree.build(&tx, len(tx.Observations), x.ring) // reads a text, which takes a while: nothing is held
	x.mu.RLock()
	defer x.mu.RUnlock()
	decided := 0
	if x.find(tx.ID, tx.First(), &w.entry) {
		decided = min(len(w.entry.nodes), len(w.tree.flood.Nodes))
	}
	x.complete(w, tx.ID, decided)
	return x.hops(w, report, decided)
}

// decidedPath is the path of a report whose nodes are all decided; false if they are not.
func (x *Names) decidedPath(w *work, tx *mesh.Transmission, report int32) ([]Hop, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	decided := 0
	if x.find(tx.ID, tx.First(), &w.entry) {
		decided = len(w.entry.nodes)
	}
	if int(w.tree.flood.Reports[report].Node) > decided {
		return nil, false
	}
	w.entry.naming(&w.naming) // what came later is not on its path
	return x.hops(w, report, decided), true
}

// hops names the hops of a report's path, of which so many nodes of the tree are
// decided. mu is held.
func (x *Names) hops(w *work, report int32, decided int) []Hop {
	f := &w.tree.flood
	w.path = w.naming.AppendPath(w.path[:0], f, int(report))
	hops := make([]Hop, len(w.path))
	node := f.Reports[report].Node
	for j, n := range w.path {
		hops[len(hops)-1-j] = x.hop(n, int(node) > decided)
		node = f.Nodes[node-1].Parent
	}
	return hops
}

// complete makes the naming of the whole tree: what was decided, and for the
// nodes after it what the model thinks at this moment, with its own numbers. mu
// is held.
func (x *Names) complete(w *work, id uint64, decided int) {
	f := &w.tree.flood
	w.naming.Nodes, w.naming.Splits = w.naming.Nodes[:0], w.naming.Splits[:0]
	if decided > 0 {
		w.entry.naming(&w.naming)
		w.naming.Nodes = w.naming.Nodes[:decided]
	}
	if decided == len(f.Nodes) {
		return
	}
	late := x.asked.get(x.model.Version(), id, f)
	if late == nil {
		w.Resolve(x.model, f, &w.late)
		late = &w.late
		x.asked.put(x.model.Version(), id, f, late)
	}
	w.naming.Nodes = append(w.naming.Nodes, late.Nodes[decided:]...)
	for _, s := range late.Splits {
		if int(s.Node) > decided {
			w.naming.Splits = append(w.naming.Splits, s)
		}
	}
}

// hop words a name. mu is held.
func (x *Names) hop(n resolve.Name, provisional bool) Hop {
	h := Hop{Provisional: provisional}
	if n.Relay == 0 {
		return h
	}
	if provisional {
		h.Key, h.Any = x.model.Key(n.Relay)
	} else {
		h.Key, h.Any = x.keys.key(uint32(n.Relay))
	}
	if h.Any {
		h.P = stepped(n.P)
		h.Named = h.P >= x.threshold
	}
	return h
}

// Candidates are who may be behind a hop of an observation, with the evidence.
type Candidates struct {
	List []resolve.Candidate // the likeliest first
	// Keys are the keys of those that the evidence is about, where known.
	Keys map[resolve.Relay]meshcore.PublicKey
}

// Explain tells who may be behind the hops of one observation's path, in the
// order of the path, with what the model knows now. It is nil for a copy that is
// no flood.
func (x *Names) Explain(tx mesh.Transmission, observation int) []Candidates {
	w := x.works.Get().(*work)
	defer x.done(w)
	if !w.tree.build(&tx, len(tx.Observations), x.ring) || observation >= len(w.tree.report) || w.tree.report[observation] < 0 {
		return nil
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	f, report := &w.tree.flood, w.tree.report[observation]
	var out []Candidates
	at := resolve.Place{Node: f.Reports[report].Node, Report: report}
	for at.Node != 0 {
		c := Candidates{List: w.Work.Explain(x.model, f, at), Keys: map[resolve.Relay]meshcore.PublicKey{}}
		for _, one := range c.List {
			for _, reason := range one.Reasons {
				if k, ok := x.model.Key(reason.Other); ok && reason.Other != 0 {
					c.Keys[reason.Other] = k
				}
			}
		}
		out = append(out, c)
		at = resolve.Place{Node: f.Nodes[at.Node-1].Parent, Report: -1, Child: at.Node}
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// Audit is how right names were in the last 24 hours, as the mesh itself shows.
type Audit struct {
	resolve.Figures
	// Provisional says that too few packets have long hashes: LongShare of them.
	Provisional bool
	LongShare   float64
	Relays      int // that may be behind hops now
	Phantoms    int // of these known by longer hops alone
}

// Audit tells how right names are.
func (x *Names) Audit() Audit {
	x.mu.RLock()
	defer x.mu.RUnlock()
	a := Audit{Figures: x.model.Audit(), LongShare: x.model.LongShare()}
	a.Provisional = a.LongShare < resolve.Provisional
	a.Relays, a.Phantoms = x.model.Relays()
	return a
}
