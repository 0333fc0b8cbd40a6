package resolve

import (
	"encoding/binary"
	"fmt"
	"math"

	"hilltop/firmware-bridge/meshcore"
)

// Load reads a model that AppendTo wrote. The error says what is wrong with the
// bytes; it wraps ErrModel.
func Load(b []byte) (*Model, error) {
	d := &decoder{b: b}
	if d.byte() != codecVersion {
		return nil, fmt.Errorf("%w: not of version %d", ErrModel, codecVersion)
	}
	m := New()
	for _, p := range m.scalars() {
		*p = d.float()
	}
	for i := range nBins {
		if !(m.near[i] > 0 && m.nearO[i] > 0) {
			d.fail("rate at distance %d is not positive", i)
		}
	}
	if !(m.mean > 0 && m.seen > 0 && m.advN > 0 && m.snrVar > 0 && m.snrWN > 0 && m.snrWS > 0) {
		d.fail("a shared rate is not positive")
	}
	for _, p := range m.times() {
		*p = d.int()
	}
	d.entities(m)
	d.listeners(m)
	d.tables(m)
	d.calibration(&m.cal)
	for i := range m.hours {
		m.hours[i].hour = d.int()
		d.figures(&m.hours[i].Figures)
	}
	if d.err == nil && len(d.b) > 0 {
		d.fail("%d bytes too many", len(d.b))
	}
	if d.err != nil {
		return nil, d.err
	}
	return m, nil
}

// decoder reads fields until one is wrong; then it reads zeroes.
type decoder struct {
	b   []byte
	err error
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %s", ErrModel, fmt.Sprintf(format, args...))
	}
	d.b = nil
}

func (d *decoder) take(n int) []byte {
	if n < 0 || n > len(d.b) {
		d.fail("cut off: want %d bytes, have %d", n, len(d.b))
		return nil
	}
	b := d.b[:n]
	d.b = d.b[n:]
	return b
}

func (d *decoder) byte() byte {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) int() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.fail("number is cut off or too long")
		return 0
	}
	d.b = d.b[n:]
	return v
}

// count is a number of things of at least size bytes each.
func (d *decoder) count(size, most int) int {
	n := d.int()
	if n < 0 || n > int64(most) || n > int64(len(d.b)/size) {
		d.fail("%d things of %d bytes in %d bytes, at most %d", n, size, len(d.b), most)
		return 0
	}
	return int(n)
}

// place is a number below a limit, or at least least.
func (d *decoder) place(least, limit int) int32 {
	v := d.int()
	if v < int64(least) || v >= int64(limit) {
		d.fail("number %d is not within %d and %d", v, least, limit)
		return 0
	}
	return int32(v)
}

func (d *decoder) float() float64 {
	b := d.take(8)
	if b == nil {
		return 0
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64(b))
	if math.IsNaN(v) || math.IsInf(v, 0) {
		d.fail("not a finite number")
		return 0
	}
	return v
}

func (d *decoder) float32() float32 {
	b := d.take(4)
	if b == nil {
		return 0
	}
	v := math.Float32frombits(binary.LittleEndian.Uint32(b))
	if v != v || v-v != 0 {
		d.fail("not a finite number")
		return 0
	}
	return v
}

// amount is a number that cannot be negative.
func (d *decoder) amount() float64 {
	v := d.float()
	if v < 0 {
		d.fail("amount %v is negative", v)
		return 0
	}
	return v
}

func (d *decoder) amount32() float32 {
	v := d.float32()
	if v < 0 {
		d.fail("amount %v is negative", v)
		return 0
	}
	return v
}

// entities reads the entities and makes the lists that find them.
func (d *decoder) entities(m *Model) {
	n := d.count(16, maxEntities)
	if n < firstReal {
		d.fail("%d entities: want at least %d", n, firstReal)
		return
	}
	m.ents, m.tally = m.ents[:0], m.tally[:0]
	for id := range int32(n) {
		e := d.entity()
		var t tally
		for _, p := range t.floats() {
			*p = d.amount()
		}
		if d.err != nil {
			return
		}
		m.ents, m.tally = append(m.ents, e), append(m.tally, t)
		if id >= firstReal {
			d.enter(m, id)
		}
	}
}

// enter lists an entity under its key, its bytes and its name.
func (d *decoder) enter(m *Model, id int32) {
	e := &m.ents[id]
	first := e.key[0]
	if e.relays && !e.barred {
		m.relays[first] = append(m.relays[first], id)
	}
	if e.phantom() {
		m.ghosts++
	} else {
		if _, twice := m.byKey[e.key]; twice {
			d.fail("key %v occurs twice", e.key)
			return
		}
		m.byKey[e.key] = id
		m.nodes[first] = append(m.nodes[first], id)
	}
	if e.name != "" {
		m.byName[e.name] = append(m.byName[e.name], id)
	}
}

func (d *decoder) entity() (e entity) {
	flags := d.byte()
	e.bytes = d.byte()
	e.role = meshcore.Role(d.byte())
	if flags > allFlags || e.bytes > 3 && e.bytes != 32 {
		d.fail("entity with flags %02x and %d bytes of key", flags, e.bytes)
		return e
	}
	e.named, e.relays = flags&flagNamed != 0, flags&flagRelays != 0
	e.barred, e.located = flags&flagBarred != 0, flags&flagLocated != 0
	copy(e.key[:], d.take(int(e.bytes)))
	e.name = string(d.take(d.count(1, 255)))
	for i := range e.pos {
		e.pos[i] = d.float32()
	}
	e.stamp, e.back = uint32(d.int()), uint32(d.int())
	e.first, e.last = d.int(), d.int()
	return e
}

func (d *decoder) listeners(m *Model) {
	n := d.count(32+8+8, MaxObservers)
	m.listeners = make([]listener, n)
	for i := range m.listeners {
		l := &m.listeners[i]
		copy(l.key[:], d.take(32))
		l.heard, l.zeal, l.entity = d.amount(), d.amount(), -1
		if id, ok := m.byKey[l.key]; ok && l.key != (meshcore.PublicKey{}) {
			l.entity = id
		}
	}
	m.observers = make([]int32, d.count(1, MaxObservers))
	for i := range m.observers {
		m.observers[i] = d.place(-1, n)
	}
	m.stale = make([]int32, d.count(1, maxEntities))
	for i := range m.stale {
		m.stale[i] = d.place(firstReal, len(m.ents))
	}
}

func (d *decoder) flow() flow {
	return flow{n: d.amount32(), m: d.amount32(), n1: d.amount32()}
}

func (d *decoder) tables(m *Model) {
	ents := len(m.ents)
	readTable(d, &m.pairs, 26, func() uint64 {
		a := d.place(firstReal, ents)
		return key(a, d.place(int(a)+1, ents))
	}, func() pair { return pair{ab: d.flow(), ba: d.flow()} })
	readTable(d, &m.ears, 22, func() uint64 {
		a := d.place(firstReal, ents)
		return key(a, d.place(0, len(m.listeners)))
	}, func() ear { return ear{flow: d.flow(), snrN: d.amount32(), snrS: d.float32()} })
	readTable(d, &m.owns, 6, func() uint64 {
		a := d.place(firstReal, ents)
		return key(a, d.place(0, 256))
	}, d.amount32)
}

func readTable[V any](d *decoder, t *table[V], size int, k func() uint64, v func() V) {
	n := d.count(size, maxEntries)
	t.keys, t.vals = make([]uint64, n), make([]V, n)
	for i := range n {
		t.keys[i] = k()
		t.vals[i] = v()
	}
	t.index()
	for i := range n {
		if d.err == nil && t.find(t.keys[i]) != i {
			d.fail("a pair occurs twice")
		}
	}
}

func (d *decoder) calibration(c *calibration) {
	c.fitted = d.place(0, 2) == 1
	for i := range c.curve {
		c.right[i], c.wrong[i], c.curve[i] = d.amount(), d.amount(), d.float()
	}
}

func (d *decoder) figures(f *Figures) {
	for _, n := range [...]*uint64{&f.Hops, &f.Known, &f.Short} {
		*n = uint64(max(0, d.int()))
	}
	for _, bins := range f.bins() {
		d.sparse(bins)
	}
	for i := range f.nameless {
		f.nameless[i] = refusal{known: d.hops(), strange: d.hops(), said: d.hops()}
	}
}

func (d *decoder) sparse(bins *[calBins]uint32) {
	for i := -1; ; {
		step := d.int()
		if step == 0 || d.err != nil {
			return
		}
		if step < 0 || step >= int64(calBins-i) {
			d.fail("bin %d after bin %d", step, i)
			return
		}
		i += int(step)
		bins[i] = d.hops()
	}
}

// hops is a number of hops.
func (d *decoder) hops() uint32 {
	n := d.int()
	if n < 0 || n > math.MaxUint32 {
		d.fail("%d hops", n)
		return 0
	}
	return uint32(n)
}
