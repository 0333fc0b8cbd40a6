package naming

import (
	"context"
	"encoding/binary"
	"slices"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/resolve"
	"hilltop/appliance/internal/store"
)

// The day's pass: a quarter of an hour after a day of UTC is a day old its hours
// are named once more, with a model that estimates anew from the floods of that
// day and the next, and then stay as they are. What it finds depends on the
// model of that moment, which is kept until the pass is done, and on the copies
// that were in; so it can be begun again after any end, and may take its time.

const (
	hoursADay = 24
	passMS    = 15 * 60_000           // after a day is a day old
	learnMS   = 72 * mesh.HourMS      // no older flood teaches
	passSlice = 5 * time.Millisecond  // of work at a time
	passRest  = 20 * time.Millisecond // after that, where others want the machine
)

// passOf is when the pass over an hour's day is due, Unix ms.
func passOf(hour uint32) int64 {
	return mesh.HourStart(hour/hoursADay*hoursADay) + 2*hoursADay*mesh.HourMS + passMS
}

// redo is what is decided once more.
type redo struct {
	sweep    sweep
	passAt   int64     // when the next pass is due, Unix ms; 0 none
	pass     *pass     // under way
	passNext time.Time // when the next slice may be done, by the machine's clock
}

// pass is a day's pass under way. It reads, step by step, the floods that teach,
// those that are audited, and those that are named.
type pass struct {
	at      int64 // when it was due, Unix ms
	stage   stage
	hours   []uint32 // of the stage, still to be read, ascending
	ids     []uint64 // of the first of them, still to be read
	from    hourReader
	redo    []uint32 // that are named once more
	re      *resolve.Relearn
	model   *resolve.Model // to name with
	work    resolve.Work
	tree    tree
	said    resolve.Naming
	out     *hourWriter
	grown   []uint64 // whose entries grew since the hour was begun
	figures resolve.Figures
	began   time.Time
}

type stage int

const (
	learning stage = iota
	auditing
	renaming
	passed
)

// planPass notes when the next pass is due.
func (n *Namer) planPass() {
	n.passAt = 0
	for hour, h := range n.names.hours {
		if at := passOf(hour); !h.passed && (n.pass == nil || at > n.pass.at) && (n.passAt == 0 || at < n.passAt) {
			n.passAt = at
		}
	}
}

// readRedo takes up what was under way when the last run ended.
func (n *Namer) readRedo() {
	n.sweep = readSweep(n.store.Sweep())
	if packed := n.store.Again(); packed != "" {
		r := reader{b: packed}
		at := r.varint()
		hours := make([]uint32, r.count())
		for i := range hours {
			hours[i] = uint32(r.number())
		}
		if m, err := loadModel(packed[r.at:]); err == nil && m != nil && !r.bad {
			n.pass = n.newPass(at, hours, m)
		} else {
			n.o.Log.Warn("the model of a day's pass cannot be read, and the pass is left out", "err", err)
			n.freeze(at)
		}
	}
	n.planPass()
}

// freeze has the hours of a pass that cannot be made stay as they are.
func (n *Namer) freeze(at int64) {
	none := ""
	d := store.Decision{Whole: map[uint32]string{}, Again: &none}
	for hour, h := range n.names.hours {
		if packed := n.store.Decided(hour); passOf(hour) <= at && !h.passed && len(packed) >= entryHead {
			h.passed = true
			d.Whole[hour] = string(appendHead(nil, true)) + packed[entryHead:]
		}
	}
	n.store.Decide(d)
}

// beginPass begins the pass that is due at a time. Everything due before has
// been decided.
func (n *Namer) beginPass(at int64) {
	n.names.mu.RLock()
	m := n.model.Clone()
	n.names.mu.RUnlock()
	var hours []uint32
	for hour, h := range n.names.hours {
		if passOf(hour) <= at && !h.passed {
			hours = append(hours, hour)
		}
	}
	slices.Sort(hours)
	b := binary.AppendUvarint(binary.AppendVarint(nil, at), uint64(len(hours)))
	for _, hour := range hours {
		b = binary.AppendUvarint(b, uint64(hour))
	}
	again := string(b) + packModel(m)
	n.store.Decide(store.Decision{Again: &again})
	n.pass = n.newPass(at, hours, m)
	n.planPass()
}

// newPass is the pass over some hours, ascending, with the model of when it was
// due. The floods of their day and the next teach.
func (n *Namer) newPass(at int64, hours []uint32, m *resolve.Model) *pass {
	p := &pass{at: at, re: m.Relearn(), redo: hours, began: time.Now()}
	from := at - 2*hoursADay*mesh.HourMS - passMS // where the day begins
	if len(hours) > 0 {
		from = max(min(from, mesh.HourStart(hours[0])), at-learnMS)
	}
	for hour := range n.names.hours {
		if start := mesh.HourStart(hour); start >= from && start < at {
			p.hours = append(p.hours, hour)
		}
	}
	slices.Sort(p.hours)
	return p
}

// passTurn does a slice of the pass, if there is one, and is ready when the next
// may be done; nil if there is none.
func (n *Namer) passTurn(ctx context.Context) <-chan time.Time {
	if n.pass == nil || ctx.Err() != nil {
		return nil
	}
	if wait := time.Until(n.passNext); wait > 0 {
		return time.After(wait)
	}
	for end := time.Now().Add(passSlice); n.pass != nil && time.Now().Before(end); {
		n.stepPass()
	}
	if n.o.Recorded {
		now := make(chan time.Time)
		close(now)
		return now
	}
	n.passNext = time.Now().Add(passRest)
	return time.After(passRest)
}

// endPass does what is left of the pass.
func (n *Namer) endPass(ctx context.Context) {
	for n.pass != nil && ctx.Err() == nil {
		n.stepPass()
	}
}

// passSteps is how many transmissions are read without looking at the clock.
const passSteps = 16

// stepPass reads some transmissions, or goes on to the next hour or stage.
func (n *Namer) stepPass() {
	p := n.pass
	if len(p.hours) == 0 {
		n.nextStage()
		return
	}
	hour := p.hours[0]
	h := n.names.hours[hour]
	if h == nil || p.stage == renaming && h.passed { // it went, or was done before the last end
		p.hours, p.ids, p.out, p.grown = p.hours[1:], nil, nil, nil
		return
	}
	if p.ids == nil {
		p.from.open(n.store, n.o.Keys, hour)
		if p.ids = h.all(); p.stage == renaming {
			p.out = newHourWriter(hour, true)
		}
	}
	for range passSteps {
		if len(p.ids) == 0 {
			break
		}
		n.passOver(p.ids[0], h)
		p.ids = p.ids[1:]
	}
	if len(p.ids) > 0 {
		return
	}
	if p.stage == renaming {
		n.replace(p.out, h)
	}
	p.hours, p.ids, p.out = p.hours[1:], nil, nil
}

// nextStage ends a stage of the pass.
func (n *Namer) nextStage() {
	p := n.pass
	switch p.stage++; p.stage {
	case auditing:
		p.re.Settle()
		p.hours = p.redo
	case renaming:
		p.model, p.figures = p.re.Done()
		p.work.Hold(p.model)
		p.re, p.hours = nil, p.redo
	default:
		none := ""
		n.store.Decide(store.Decision{Again: &none})
		precision, recall, _ := p.figures.At(n.names.threshold)
		n.o.Log.Info("names of a day were decided once more", "hours", len(p.redo), "precision", precision, "recall", recall,
			"took", time.Since(p.began).Round(time.Millisecond))
		n.pass = nil
		n.planPass()
	}
}

// passOver reads a transmission of an hour.
func (n *Namer) passOver(id uint64, h *hourNames) {
	p := n.pass
	if p.stage == auditing && !p.from.audited(id) {
		return
	}
	in, isFlood, ok := p.from.read(id, &p.tree, func(a arrivals) int {
		if a.firstDue() > p.at {
			return 0
		}
		return a.covered(p.at)
	})
	switch {
	case p.stage == renaming:
		n.rename(id, h, in, isFlood && ok)
	case !isFlood:
	case p.stage == learning:
		p.re.Add(&p.tree.flood)
	default:
		p.re.Audit(&p.tree.flood)
	}
}

// censusEvery is of how many floods with 1-byte hops one is counted by what is
// said of its hops: of these, only how they are distributed matters.
const censusEvery = 8

// audited tells whether an audit looks at a transmission. Those that have hops
// of several bytes are what it judges, so it needs all of them.
func (r *hourReader) audited(id uint64) bool {
	row, known := r.rows[id]
	if !known {
		return true
	}
	width, _ := r.block.Tree(row)
	return width != 1 || r.block.Hash(row)[0]%censusEvery == 0
}

// rename packs the names of a transmission: what the pass finds of the first
// observations, in, and then those of copies that came after it was due, as they
// were decided.
func (n *Namer) rename(id uint64, h *hourNames, in int, isFlood bool) {
	p := n.pass
	n.settle(waiting{id: id})
	var e entry
	if !h.unpack(n.store.Decided(h.hour), id, &e) {
		return
	}
	if !isFlood {
		p.out.add(&e)
		return
	}
	p.work.Resolve(p.model, &p.tree.flood, &p.said)
	next := entry{id: id, in: max(e.in, in), passed: true, decided: max(p.at, e.decided)}
	n.names.mu.Lock()
	next.add(&p.said, 0, n.number)
	n.names.mu.Unlock()
	if nodes := len(next.nodes); nodes < len(e.nodes) {
		next.nodes = append(next.nodes, e.nodes[nodes:]...)
		for _, s := range e.splits {
			if int(s.node) > nodes {
				next.splits = append(next.splits, s)
			}
		}
	}
	p.out.add(&next)
}

// replace has an hour's new names take the place of the old ones, for readers
// and then for the index, each in one step. What came into the hour since its
// transmissions were listed is added.
func (n *Namer) replace(w *hourWriter, old *hourNames) {
	n.flush()
	for _, id := range n.pass.grown {
		n.passOver(id, old)
	}
	n.pass.grown = nil
	hour, packed := old.hour, n.store.Decided(old.hour)
	var e entry
	for i, rel := range old.ids {
		if id := old.base + uint64(rel); !w.h.has(id) && old.unpackAt(packed, i, &e) {
			w.add(&e)
		}
	}
	h, b := w.done()
	files := store.NamesFiles{}
	n.store.FileNames(hour, b, files) // before readers wait
	n.names.mu.Lock()
	n.store.Decide(store.Decision{Whole: map[uint32]string{hour: b}, Files: files, Keys: string(n.moreKeys)})
	n.moreKeys = n.moreKeys[:0]
	n.names.hours[hour] = h
	n.names.again++
	n.names.mu.Unlock()
	n.tellHour(hour)
}
