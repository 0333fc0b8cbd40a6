package resolve

import (
	"encoding/binary"
	"errors"
	"math"
)

// codecVersion is the first byte of an encoded model. A model of another
// version is not read: it is learned again.
const codecVersion = 2

// ErrModel says that bytes are no model of this version.
var ErrModel = errors.New("resolver model")

// AppendTo appends the model to dst. Load gives it back so that it answers and
// learns the same to the last bit.
func (m *Model) AppendTo(dst []byte) []byte {
	e := &encoder{b: append(dst, codecVersion)}
	for _, p := range m.scalars() {
		e.float(*p)
	}
	for _, p := range m.times() {
		e.int(*p)
	}
	e.int(int64(len(m.ents)))
	for i := range m.ents {
		e.entity(&m.ents[i])
		for _, p := range m.tally[i].floats() {
			e.float(*p)
		}
	}
	e.int(int64(len(m.listeners)))
	for i := range m.listeners {
		l := &m.listeners[i]
		e.bytes(l.key[:])
		e.float(l.heard)
		e.float(l.zeal)
	}
	e.int(int64(len(m.observers)))
	for _, at := range m.observers {
		e.int(int64(at))
	}
	e.int(int64(len(m.stale)))
	for _, c := range m.stale {
		e.int(int64(c))
	}
	e.tables(m)
	e.calibration(&m.cal)
	for i := range m.hours {
		e.int(m.hours[i].hour)
		e.figures(&m.hours[i].Figures)
	}
	return e.b
}

// scalars lists the shared numbers, in the order of the encoding.
func (m *Model) scalars() []*float64 {
	s := &m.shared
	l := []*float64{
		&s.mean, &s.children, &s.seen, &s.missed, &s.snrMu, &s.snrVar, &s.snrWN, &s.snrWS, &s.snrN, &s.snrS, &s.snrQ,
		&s.longN, &s.allN, &s.newN, &s.advN,
	}
	for i := range nBins {
		l = append(l, &s.near[i], &s.nearO[i])
	}
	return l
}

func (m *Model) times() []*int64 {
	s := &m.sched
	return []*int64{&s.start, &s.now, &s.refreshed, &s.refreshAt, &s.restartAt}
}

func (t *tally) floats() [10]*float64 {
	return [10]*float64{&t.n, &t.nO, &t.m, &t.mO, &t.n1, &t.own, &t.started, &t.after, &t.afterO, &t.trust}
}

type encoder struct{ b []byte }

func (e *encoder) int(v int64)     { e.b = binary.AppendVarint(e.b, v) }
func (e *encoder) bytes(b []byte)  { e.b = append(e.b, b...) }
func (e *encoder) float(v float64) { e.b = binary.LittleEndian.AppendUint64(e.b, math.Float64bits(v)) }
func (e *encoder) float32(v float32) {
	e.b = binary.LittleEndian.AppendUint32(e.b, math.Float32bits(v))
}

// Flags of an encoded entity.
const (
	flagNamed = 1 << iota
	flagRelays
	flagBarred
	flagLocated
	allFlags = 1<<iota - 1
)

func (e *encoder) entity(x *entity) {
	flags := byte(0)
	for i, on := range [...]bool{x.named, x.relays, x.barred, x.located} {
		if on {
			flags |= 1 << i
		}
	}
	e.b = append(e.b, flags, x.bytes, byte(x.role))
	e.bytes(x.key[:x.bytes])
	e.int(int64(len(x.name)))
	e.b = append(e.b, x.name...)
	for _, v := range x.pos {
		e.float32(v)
	}
	e.int(int64(x.stamp))
	e.int(int64(x.back))
	e.int(x.first)
	e.int(x.last)
}

func (e *encoder) flow(f *flow) {
	e.float32(f.n)
	e.float32(f.m)
	e.float32(f.n1)
}

func (e *encoder) tables(m *Model) {
	e.int(int64(len(m.pairs.keys)))
	for i, k := range m.pairs.keys {
		e.key(k)
		e.flow(&m.pairs.vals[i].ab)
		e.flow(&m.pairs.vals[i].ba)
	}
	e.int(int64(len(m.ears.keys)))
	for i, k := range m.ears.keys {
		e.key(k)
		v := &m.ears.vals[i]
		e.flow(&v.flow)
		e.float32(v.snrN)
		e.float32(v.snrS)
	}
	e.int(int64(len(m.owns.keys)))
	for i, k := range m.owns.keys {
		e.key(k)
		e.float32(m.owns.vals[i])
	}
}

func (e *encoder) key(k uint64) {
	a, b := unkey(k)
	e.int(int64(a))
	e.int(int64(b))
}

func (e *encoder) calibration(c *calibration) {
	fitted := int64(0)
	if c.fitted {
		fitted = 1
	}
	e.int(fitted)
	for i := range c.curve {
		e.float(c.right[i])
		e.float(c.wrong[i])
		e.float(c.curve[i])
	}
}

func (e *encoder) figures(f *Figures) {
	for _, n := range [...]uint64{f.Hops, f.Known, f.Short} {
		e.int(int64(n))
	}
	for _, bins := range f.bins() {
		e.sparse(bins)
	}
	for _, r := range f.nameless {
		e.int(int64(r.known))
		e.int(int64(r.strange))
		e.int(int64(r.said))
	}
}

func (f *Figures) bins() [4]*[calBins]uint32 {
	return [4]*[calBins]uint32{&f.right, &f.wrong, &f.strange, &f.said}
}

// sparse writes the bins that are not zero, each after the number of zeros
// before it; a zero ends them.
func (e *encoder) sparse(bins *[calBins]uint32) {
	last := -1
	for i, n := range bins {
		if n > 0 {
			e.int(int64(i - last))
			e.int(int64(n))
			last = i
		}
	}
	e.int(0)
}
