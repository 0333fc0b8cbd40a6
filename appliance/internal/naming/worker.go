package naming

import (
	"container/heap"
	"context"
	"maps"
	"slices"
	"time"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/resolve"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// worker is what only the Namer's goroutine touches.
type worker struct {
	store *store.Store
	names *Names
	model *resolve.Model // of names, which are locked to change it
	work  resolve.Work
	tree  tree
	from  hourReader
	said  resolve.Naming

	newcomer meshcore.PublicKey  // the relay that the model was told of just now for the first time
	heard    map[uint32]mesh.Tri // what the model knows of observers: whether they say that they relay
	more     map[uint32][]byte   // decided and not yet handed to the store, by hour
	moreKeys []byte              // the same: keys that were numbered
	fresh    []decision          // the same, in order
	log      modelLog            // told to the model and not yet handed to the store
	told     int64               // observations that the model was told of since it was kept
	public   bool                // the index has what was decided before
}

// decision is an entry on its way to the store and to the index.
type decision struct {
	entry
	hour  uint32
	at    int // where its body will be
	again bool
}

// modelEvery is how many observations the model is told of before it is kept:
// a start repeats at most so many, in a few seconds and beside everything else.
const modelEvery = 400_000

// begin makes the model as it was, and looks for what the store holds and
// nobody has taken.
func (n *Namer) begin(s *store.Store) {
	began := time.Now()
	n.store = s
	s.DecidedTo(1) // files of names wait from now on
	n.names = newNames(s, n.o.Keys, n.o.Threshold)
	n.heard, n.more, n.soon = map[uint32]mesh.Tri{}, map[uint32][]byte{}, map[uint64]bool{}
	n.until = s.Counts().To
	n.readHours()
	n.readModel()
	n.names.model = n.model
	n.readRedo()
	n.gate.Set(n.names)
	n.o.Log.Info("names", "transmissions", n.names.taken, "repeated", n.told, "took", time.Since(began).Round(time.Millisecond))
	n.findMissing()
}

// readHours finds what was decided.
func (n *Namer) readHours() {
	for _, hour := range n.store.DecidedHours() {
		packed := n.store.Decided(hour)
		if packed == "" {
			continue
		}
		h, whole := readHour(hour, packed)
		if !whole {
			n.o.Log.Warn("names of an hour cannot be read and are decided again", "begins", time.UnixMilli(mesh.HourStart(hour)).UTC())
			n.store.Decide(store.Decision{Whole: map[uint32]string{hour: packed[:h.size]}})
		}
		if h.size > 0 {
			n.names.hours[hour] = h
			n.names.taken += int64(len(h.ids))
		}
	}
}

// take names a transmission, and notes that it has been taken.
func (n *Namer) take(tx *mesh.Transmission, hour uint32) {
	a := arrivalsOf(tx)
	due := a.firstDue()
	in := a.by(due)
	e := entry{id: tx.ID, in: in, decided: due}
	n.meet(tx, in, due)
	n.said.Nodes, n.said.Splits = n.said.Nodes[:0], n.said.Splits[:0]
	n.newcomer = meshcore.PublicKey{}
	isFlood := n.tree.build(tx, in, n.o.Keys)
	tell := func() {
		if n.tell(tx, in, isFlood, tx.Verified, &n.said) {
			n.log.took(tx.ID, hour, in, tx.Verified)
		}
	}
	if isFlood && n.model.Due(&n.tree.flood) { // readers, who cannot wait so long, have the model as it was
		n.model = n.model.Clone()
		tell()
		n.names.mu.Lock()
		n.names.model = n.model
	} else {
		n.names.mu.Lock()
		tell()
	}
	defer n.names.mu.Unlock()
	if n.newcomer != (meshcore.PublicKey{}) {
		n.noteNew(n.newcomer, due)
	}
	n.told += int64(in)
	e.add(&n.said, 0, n.number)
	n.enter(hour, e, false)
	n.waitMore(tx, hour, in)
}

// waitMore has copies of a transmission that no entry covers wait, of which the
// first is at a place.
func (n *Namer) waitMore(tx *mesh.Transmission, hour uint32, in int) {
	if in < len(tx.Observations) {
		heap.Push(&n.lates, waiting{tx.ID, hour, arrivalsOf(tx).moreDue(in)})
	}
}

// takeMore decides of the copies of a transmission that came late. What was
// decided stays; the entry grows.
func (n *Namer) takeMore(w waiting) {
	n.settle(w)
	h := n.names.hours[w.hour]
	tx, ok := n.store.PacketByID(w.id)
	if h == nil || !ok {
		return
	}
	var e entry
	if !h.unpack(n.store.Decided(w.hour), w.id, &e) || e.in >= len(tx.Observations) {
		return
	}
	a := arrivalsOf(&tx)
	due := a.moreDue(e.in)
	if due > w.due {
		n.waitMore(&tx, w.hour, e.in)
		return
	}
	e.in, e.decided = a.by(due), due
	grows := n.tree.build(&tx, e.in, n.o.Keys) && len(n.tree.flood.Nodes) > len(e.nodes)
	if grows {
		n.work.Resolve(n.model, &n.tree.flood, &n.said) // readers go on: only this goroutine changes the model
	}
	n.names.mu.Lock()
	defer n.names.mu.Unlock()
	if grows {
		e.add(&n.said, len(e.nodes), n.number)
	}
	n.enter(w.hour, e, true)
	n.waitMore(&tx, w.hour, e.in)
}

// settle makes what is known of a transmission readable.
func (n *Namer) settle(w waiting) {
	if n.soon[w.id] {
		n.flush()
	}
}

// number gives a relay the number of its key. The names are locked.
func (n *Namer) number(r resolve.Relay) uint32 {
	key, ok := n.model.Key(r)
	if !ok {
		return 0
	}
	who, known := n.names.keys.of[key]
	if !known {
		who = n.names.keys.add(key)
		n.moreKeys = append(n.moreKeys, key[:]...)
	}
	return who
}

// add adds to an entry what the resolver says of the nodes after some.
func (e *entry) add(said *resolve.Naming, from int, number func(resolve.Relay) uint32) {
	word := func(s resolve.Name) (n name) {
		if s.Relay != 0 {
			n.who = number(s.Relay)
		}
		if n.who != 0 {
			n.p = stepOf(s.P)
		}
		return n
	}
	for _, s := range said.Nodes[min(from, len(said.Nodes)):] {
		e.nodes = append(e.nodes, word(s))
	}
	for _, s := range said.Splits {
		if int(s.Node) > from {
			e.splits = append(e.splits, split{s.Node, s.Child, s.Report, word(s.Name)})
		}
	}
}

// enter packs an entry, which counts after flush. The names are locked.
func (n *Namer) enter(hour uint32, e entry, again bool) {
	h := n.names.hours[hour]
	if h == nil {
		h = &hourNames{hour: hour, passed: passOf(hour) < e.decided}
		n.names.hours[hour] = h
		n.planPass()
	}
	more := n.more[hour]
	if h.size+len(more) == 0 {
		more = appendHead(more, h.passed)
	}
	from := len(more)
	more = e.append(more, h.last, hour)
	h.last = e.id
	n.more[hour] = more
	n.soon[e.id] = true
	n.fresh = append(n.fresh, decision{entry: e, hour: hour, at: h.size + from + idLength(more[from:]), again: again})
	if p := n.pass; p != nil && p.out != nil && p.out.h.hour == hour && again {
		p.grown = append(p.grown, e.id)
	}
}

// meet tells the model what is new of the observers of a transmission at the
// time at which it is taken.
func (n *Namer) meet(tx *mesh.Transmission, in int, at int64) {
	for i := range in {
		num := tx.Observations[i].Observer
		o, ok := n.store.ObserverByNum(num)
		if !ok {
			continue
		}
		repeat := repeatAt(o, at)
		if was, known := n.heard[num]; known && was == repeat {
			continue
		}
		n.heard[num] = repeat
		n.log.met(num, repeat)
		n.names.mu.Lock()
		n.tellObserver(num, o.ID, repeat)
		n.names.mu.Unlock()
	}
}

// repeatAt is what an observer had said by a time of whether it relays. What is
// known of it may be of later.
func repeatAt(o mesh.Observer, at int64) mesh.Tri {
	if o.Past == nil {
		return o.Repeat
	}
	repeat, ok := mesh.At(o.Past.Repeats, at)
	if !ok && len(o.Past.Repeats) == 0 {
		return o.Repeat
	}
	return repeat
}

// tellObserver tells the model of an observer; one whose ID is no key has none.
// The names are locked.
func (n *Namer) tellObserver(num uint32, id string, repeat mesh.Tri) {
	key, _ := meshcore.ParsePublicKey(id)
	n.model.Observer(num, key, repeat)
}

// tell tells the model of a transmission, whose tree was made; false if it learns
// nothing from it. The names are locked, or have another model.
func (n *Namer) tell(tx *mesh.Transmission, in int, isFlood, verified bool, into *resolve.Naming) (learns bool) {
	if tx.Type == meshcore.TypeAdvert && verified {
		if a, err := meshcore.ParseAdvert(tx.Payload); err == nil && !n.heardBefore(tx) {
			known := n.model.Known(a.Key)
			n.model.Node(nodeOf(&a, n.tree.flood.At))
			if !known && n.model.Known(a.Key) {
				n.newcomer = a.Key
			}
			learns = true
		}
	}
	if isFlood {
		n.model.Take(&n.work, &n.tree.flood, into)
		return true
	}
	if k, reports, ok := zeroHop(tx, in, verified); ok {
		n.model.ZeroHop(n.tree.flood.At, k, reports)
		return true
	}
	return learns
}

// heardBefore tells whether an advert was heard in an earlier episode: it is an
// old one that somebody sent once more, and tells nothing new.
func (n *Namer) heardBefore(tx *mesh.Transmission) bool {
	return slices.ContainsFunc(n.store.Packets(tx.Hash), func(other mesh.Transmission) bool { return other.ID < tx.ID })
}

// nodeOf is what an advert says.
func nodeOf(a *meshcore.Advert, at int64) mesh.Node {
	n := mesh.Node{Key: a.Key, Role: a.Role, LastAdvert: at, Timestamp: a.Timestamp, Name: meshcore.ValidText(a.Name)}
	if a.HasPosition && (a.LatE6 != 0 || a.LonE6 != 0) {
		n.HasPosition, n.LatE6, n.LonE6 = true, a.LatE6, a.LonE6
	}
	return n
}

// flush hands what was decided, and what the model was told, to the store at
// once, and then tells the index.
func (n *Namer) flush() {
	if len(n.fresh) == 0 && len(n.log.b) == 0 && !n.sweep.changed {
		return
	}
	d := store.Decision{More: make(map[uint32]string, len(n.more)), Keys: string(n.moreKeys), Log: string(n.log.b), Sweep: n.sweep.pack()}
	n.names.mu.Lock()
	for hour, b := range n.more {
		d.More[hour] = string(b)
		n.names.hours[hour].size += len(b)
	}
	n.store.Decide(d)
	n.names.mu.Unlock()
	for some := range slices.Chunk(n.fresh, dueMost) { // readers are let in between
		n.names.mu.Lock()
		for i := range some {
			f := &some[i]
			n.names.hours[f.hour].note(f.id, f.at)
			if !f.again {
				n.names.taken++
			}
		}
		n.names.mu.Unlock()
	}
	n.moreKeys = n.moreKeys[:0]
	clear(n.more)
	clear(n.soon)
	n.log.reset()
	if n.public {
		for i := range n.fresh {
			n.publish(&n.fresh[i])
		}
	}
	n.fresh = n.fresh[:0]
	if n.told >= modelEvery {
		n.keepModel()
	}
}

// keepModel hands the model to the store as it is now.
func (n *Namer) keepModel() {
	n.names.mu.RLock()
	packed := packModel(n.model)
	n.names.mu.RUnlock()
	n.store.PutModel(packed)
	n.log.restart()
	n.told = 0
}

// each calls fn for everybody whom the entry names with a threshold's
// probability; some more than once.
func (e *entry) each(threshold float64, fn func(who uint32)) {
	for _, n := range e.nodes {
		if n.named(threshold) {
			fn(n.who)
		}
	}
	for _, s := range e.splits {
		if s.named(threshold) {
			fn(s.who)
		}
	}
}

// publish tells the index who is named.
func (n *Namer) publish(d *decision) {
	names := &index.Names{Hour: d.hour, Tx: d.id, Again: d.again}
	d.each(n.names.threshold, func(who uint32) {
		if key, ok := n.names.keys.key(who); ok {
			names.Relays = append(names.Relays, key)
		}
	})
	if len(names.Relays) > 0 {
		n.o.Index.Relays().Believe(names)
	}
}

// tellAll tells the index, which has just been built, of everything decided so
// far, newest first.
func (n *Namer) tellAll(ctx context.Context) {
	n.public = true
	hours := slices.Sorted(maps.Keys(n.names.hours))
	slices.Reverse(hours)
	for _, hour := range hours {
		if ctx.Err() != nil {
			return
		}
		n.tellHour(hour)
	}
}

// tellHour has the index count an hour's names in place of those that it has.
func (n *Namer) tellHour(hour uint32) {
	h := n.names.hours[hour]
	if h == nil || !n.public {
		return
	}
	packed := n.store.Decided(hour)
	n.o.Index.Relays().BelieveHour(&index.HourNames{Hour: hour, Keys: n.names.keys.list, Each: func(yield func(uint64, []uint32) bool) {
		var e entry
		var who []uint32
		for i := range h.ids {
			who = who[:0]
			if h.unpackAt(packed, i, &e) {
				e.each(n.names.threshold, func(w uint32) {
					if _, ok := n.names.keys.key(w); ok {
						who = append(who, w-1)
					}
				})
			}
			if !yield(e.id, who) {
				return
			}
		}
	}})
}

// drop forgets the hours before one: the store has let go of them.
func (n *Namer) drop(before uint32) {
	n.flush()
	n.names.mu.Lock()
	defer n.names.mu.Unlock()
	for hour, h := range n.names.hours {
		if hour < before {
			n.names.taken -= int64(len(h.ids))
			delete(n.names.hours, hour)
		}
	}
	if n.o.Index != nil {
		n.o.Index.Relays().Disbelieve(before)
	}
	n.planPass()
}
