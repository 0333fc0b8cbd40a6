package naming

import (
	"context"
	"encoding/binary"
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
	model *resolve.Model // of names, which is locked to change it
	work  resolve.Work
	tree  tree
	batch []waiting

	heard   map[uint32]mesh.Tri // what the model knows of observers: whether they say that they relay
	more    map[uint32][]byte   // decided and not yet handed to the store, by hour
	fresh   []decision          // the same, for the index
	entered int64               // how many more has, not yet in names.taken
	log     modelLog            // told to the model and not yet handed to the store
	told    int64               // observations that the model was told of since it was kept
	public  bool                // the index has what was decided before
}

// decision is an entry on its way to the index.
type decision struct {
	entry
	hour  uint32
	first int64
}

// modelEvery is how many observations the model is told of before it is kept:
// a start repeats at most so many, in a few seconds and beside everything else.
const modelEvery = 400_000

// begin makes the model as it was, and takes what the store holds and nobody
// has taken.
func (n *Namer) begin(ctx context.Context, s *store.Store) {
	began := time.Now()
	n.store = s
	n.names = newNames(s, n.o.Keys, n.o.Threshold)
	n.heard, n.more = map[uint32]mesh.Tri{}, map[uint32][]byte{}
	n.readHours()
	n.readModel()
	n.names.model = n.model
	n.gate.Set(n.names)
	n.o.Log.Info("names", "transmissions", n.names.taken, "repeated", n.told, "took", time.Since(began).Round(time.Millisecond))
	n.takeMissing(ctx, false)
}

// readHours finds what was decided.
func (n *Namer) readHours() {
	for _, hour := range n.store.DecidedHours() {
		h := &hourNames{hour: hour}
		if packed := n.store.Decided(hour); !h.read(packed) && packed != "" {
			n.o.Log.Warn("names of an hour cannot be read and are decided again", "begins", time.UnixMilli(hourStart(hour)).UTC())
			n.store.DecideAgain(hour, packed[:h.size])
		}
		n.names.hours[hour] = h
		n.names.taken += int64(len(h.ids))
	}
}

// takeMissing looks for transmissions that nobody has taken, oldest hour first,
// and takes those whose copies are in.
func (n *Namer) takeMissing(ctx context.Context, all bool) {
	now, total := n.time(), n.store.Counts()
	if now == 0 {
		now = total.To // nothing has come in yet
	}
	hours := n.store.Hours()
	slices.Reverse(hours)
	for _, hour := range hours {
		for ids := range slices.Chunk(n.missing(hour), dueMost) {
			if ctx.Err() != nil {
				n.pass()
				return
			}
			for _, id := range ids {
				n.takeOrWait(id, hour, now, all)
			}
			n.flush()
			n.gate.Progress(min(n.names.taken, total.Transmissions), total.Transmissions)
		}
	}
}

// missing lists the transmissions of an hour that nobody has taken, ascending.
func (n *Namer) missing(hour uint32) (ids []uint64) {
	h := n.names.hours[hour]
	n.store.PickHour(hour).Heads(func(id uint64, first int64) {
		if h == nil || !h.has(id) {
			ids = append(ids, id)
		}
	})
	slices.Sort(ids)
	return ids
}

func (n *Namer) takeOrWait(id uint64, hour uint32, now int64, all bool) {
	tx, ok := n.store.PacketByID(id)
	if !ok {
		return
	}
	if due := tx.Observations[0].Arrived + waitMS; !all && due >= now {
		n.again(id, hour, due)
		return
	}
	n.take(&tx, hour)
}

// again puts a transmission that was found in the store back to wait.
func (n *Namer) again(id uint64, hour uint32, due int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.queue) < n.o.Queue {
		n.queue = append(n.queue, waiting{id, hour, due})
	} else {
		n.passed = true
	}
}

// take names a transmission, and notes that it has been taken.
func (n *Namer) take(tx *mesh.Transmission, hour uint32) {
	if n.names.isTaken(tx.ID, tx.First()) {
		return
	}
	in := inTime(tx)
	e := entry{id: tx.ID, in: in, decided: n.time()}
	if e.decided == 0 {
		e.decided = tx.Observations[0].Arrived + waitMS
	}
	n.meet(tx, in)
	verified := false
	if tx.Type == meshcore.TypeAdvert {
		_, reason := index.CheckAdvert(tx.Payload)
		verified = reason == ""
	}
	n.names.mu.Lock()
	defer n.names.mu.Unlock()
	if n.tell(tx, in, verified, &e.naming) {
		n.log.took(tx.ID, hour, in, verified)
	}
	n.told += int64(in)
	h := n.names.hours[hour]
	if h == nil {
		h = &hourNames{hour: hour}
		n.names.hours[hour] = h
	}
	n.enter(h, &e)
	if len(e.naming.Nodes) > 0 {
		n.fresh = append(n.fresh, decision{entry: e, hour: hour, first: tx.First()})
	}
}

// enter packs an entry. What it says is in the store only after flush. The
// names are locked.
func (n *Namer) enter(h *hourNames, e *entry) {
	more := n.more[h.hour]
	if h.size+len(more) == 0 {
		more = append(more, entryVersion)
	}
	from := len(more)
	more = e.append(more, h.last, h.hour)
	r := reader{b: string(more[from:min(len(more), from+binary.MaxVarintLen64)])}
	r.varint()
	h.note(e.id, h.size+from+r.at)
	h.last = e.id
	n.more[h.hour] = more
	n.entered++
}

// meet tells the model what is new of the observers of a transmission.
func (n *Namer) meet(tx *mesh.Transmission, in int) {
	for i := range in {
		num := tx.Observations[i].Observer
		o, ok := n.store.ObserverByNum(num)
		if !ok {
			continue
		}
		if was, known := n.heard[num]; known && was == o.Repeat {
			continue
		}
		n.heard[num] = o.Repeat
		n.log.met(num, o.Repeat)
		n.names.mu.Lock()
		n.tellObserver(num, o.ID, o.Repeat)
		n.names.mu.Unlock()
	}
}

// tellObserver tells the model of an observer; one whose ID is no key has none.
// The names are locked.
func (n *Namer) tellObserver(num uint32, id string, repeat mesh.Tri) {
	key, _ := meshcore.ParsePublicKey(id)
	n.model.Observer(num, key, repeat)
}

// tell tells the model of a transmission; false if it learns nothing from it.
// The names are locked.
func (n *Namer) tell(tx *mesh.Transmission, in int, verified bool, into *resolve.Naming) (learns bool) {
	isFlood := n.tree.build(tx, in, n.o.Keys)
	if tx.Type == meshcore.TypeAdvert && verified {
		if a, err := meshcore.ParseAdvert(tx.Payload); err == nil {
			n.model.Node(nodeOf(&a, n.tree.flood.At))
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

// nodeOf is what an advert says.
func nodeOf(a *meshcore.Advert, at int64) mesh.Node {
	n := mesh.Node{Key: a.Key, Role: a.Role, LastAdvert: at, Name: meshcore.ValidText(a.Name)}
	if a.HasPosition && (a.LatE6 != 0 || a.LonE6 != 0) {
		n.HasPosition, n.LatE6, n.LonE6 = true, a.LatE6, a.LonE6
	}
	return n
}

// flush hands what was decided, and what the model was told, to the store at
// once, and then tells the index.
func (n *Namer) flush() {
	if len(n.more) == 0 && len(n.log.b) == 0 {
		return
	}
	more := make(map[uint32]string, len(n.more))
	n.names.mu.Lock()
	for hour, b := range n.more {
		more[hour] = string(b)
		n.names.hours[hour].size += len(b)
	}
	n.store.Decide(more, string(n.log.b))
	n.names.taken += n.entered
	n.entered = 0
	clear(n.more)
	n.log.reset()
	n.names.mu.Unlock()
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
	b := n.model.AppendTo([]byte{modelVersion})
	n.names.mu.RUnlock()
	n.store.PutModel(string(b))
	n.log.restart()
	n.told = 0
}

// publish tells the index who is named. The first names of a transmission take
// the place of none.
func (n *Namer) publish(d *decision) {
	names := &index.Names{Hour: d.hour, Tx: d.id, First: d.first}
	add := func(name resolve.Name) {
		if stepped(name.P) < n.names.threshold || name.Relay == 0 {
			return
		}
		if key, ok := n.model.Key(name.Relay); ok {
			names.Relays = append(names.Relays, key)
		}
	}
	for _, name := range d.naming.Nodes {
		add(name)
	}
	for _, s := range d.naming.Splits {
		add(s.Name)
	}
	if len(names.Relays) > 0 {
		n.o.Index.Rename(names)
	}
}

// tellAll tells the index, which has just been built, of everything decided so
// far, newest first.
func (n *Namer) tellAll(ctx context.Context) {
	n.public = true
	hours := n.store.Hours()
	for _, hour := range hours {
		if ctx.Err() != nil {
			return
		}
		n.tellHour(hour)
	}
}

func (n *Namer) tellHour(hour uint32) {
	h := n.names.hours[hour]
	if h == nil {
		return
	}
	packed := n.store.Decided(hour)
	d := decision{hour: hour}
	n.store.PickHour(hour).Heads(func(id uint64, first int64) {
		if h.unpack(packed, id, &d.entry) && len(d.naming.Nodes) > 0 {
			d.first = first
			n.publish(&d)
		}
	})
}

// drop forgets the hours before one: the store has let go of them.
func (n *Namer) drop(before uint32) {
	n.names.mu.Lock()
	defer n.names.mu.Unlock()
	for hour, h := range n.names.hours {
		if hour < before {
			n.names.taken -= int64(len(h.ids))
			delete(n.names.hours, hour)
		}
	}
}
