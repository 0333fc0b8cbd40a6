package figure

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"sync"
	"time"

	"hilltop/appliance/internal/mesh"
)

// Run is [Run] that counts the rows of sealed hours which lie in the span whole
// but once: the same figures.
func (m *Memory) Run(ctx context.Context, hours []Hour, f Filter, w Want) (Figures, error) {
	return runWith(ctx, m, hours, f, w)
}

// asking is what is counted of single hours for themselves, wherever the span
// begins and ends; nil: nothing is remembered.
type asking struct {
	m        *Memory
	want     *Want
	question string
	phase    int64 // ms by which the edges of buckets lie after multiples of their length
	filter   func() *compiled
}

// asks makes a question ready.
func (m *Memory) asks(f Filter, w *Want) *asking {
	if m == nil || w.Timeline.Buckets > 0 && (w.Timeline.From < -farAway || w.Timeline.From > farAway || int64(w.Timeline.Each/time.Millisecond) > farAway) {
		return nil
	}
	q := &asking{m: m, want: w}
	timeline, airtime := "none", "none"
	if w.Timeline.Buckets > 0 {
		q.phase = modulo(w.Timeline.From, int64(w.Timeline.Each/time.Millisecond))
		timeline = fmt.Sprint(q.phase, w.Timeline.Each)
	}
	if w.Airtime != nil {
		airtime = fmt.Sprintf("%#v", *w.Airtime)
	}
	f.From, f.To, f.ByFirst = math.MinInt64, math.MaxInt64, false
	q.question = fmt.Sprintf("figure %#v %s %v %t %s", f, timeline, w.Tables, w.Signal, airtime)
	q.filter = sync.OnceValue(func() *compiled { return compile(f) })
	return q
}

// longestTimeline bounds the buckets of an hour that is remembered.
const longestTimeline = 1 << 10

// wants is what is counted of an hour, with buckets of its own; false if that is
// not remembered.
func (q *asking) wants(least, greatest int64) (w Want, ok bool) {
	if w = *q.want; w.Timeline.Buckets == 0 {
		return w, true
	}
	if least < -farAway || greatest > farAway {
		return w, false
	}
	each := int64(w.Timeline.Each / time.Millisecond)
	from := least - modulo(least-q.phase, each)
	n := (greatest-from)/each + 1
	w.Timeline = Timeline{from, w.Timeline.Each, int(min(n, longestTimeline))}
	return w, n <= longestTimeline
}

func modulo(a, b int64) int64 {
	if a %= b; a < 0 {
		a += b
	}
	return a
}

// recall adds what the rows of an hour come to, which is counted if it is not
// remembered; false if it never is.
func (q *asking) recall(h *Hour, f *compiled, a *accumulator) bool {
	if q == nil || h.State == "" {
		return false
	}
	least, greatest := h.Block.Bounds()
	if !f.inSpan(least) || !f.inSpan(greatest) {
		return false
	}
	w, ok := q.wants(least, greatest)
	if !ok {
		return false
	}
	value, known := q.m.Recall(q.question, h.Block.Number(), h.State)
	if !known {
		alone := newAccumulator(q.filter(), &w, a.air)
		h.countRows(q.filter(), alone)
		value = alone.pack()
		q.m.Remember(q.question, h.Block.Number(), h.State, value)
	}
	a.unpack(value, &w.Timeline)
	return true
}

// parts adds what the open records of an hour come to. Of parts that lie in the span
// whole it is remembered.
func (q *asking) parts(h *Hour, f *compiled, a *accumulator) {
	var whole []OpenPart
	var wants []Want
	var serials []uint64
	for _, p := range h.Open {
		if w, ok := q.ofPart(&p, f); ok {
			whole, wants, serials = append(whole, p), append(wants, w), append(serials, p.Serial)
		} else {
			a.scan(f, p.Each)
		}
	}
	if q == nil {
		return
	}
	q.m.EachPart(q.question, h.Number, serials, func(i int) []byte {
		alone := newAccumulator(q.filter(), &wants[i], a.air)
		alone.scan(q.filter(), whole[i].Each)
		return alone.pack()
	}, func(i int, value []byte) { a.unpack(value, &wants[i].Timeline) })
}

// ofPart is what is counted of a part; false if that is not remembered.
func (q *asking) ofPart(p *OpenPart, f *compiled) (Want, bool) {
	if q == nil || p.Serial == 0 || !f.inSpan(p.First) || !f.inSpan(p.Last) {
		return Want{}, false
	}
	return q.wants(p.First, p.Last)
}

// scan counts transmissions that each shows.
func (a *accumulator) scan(f *compiled, each func(func(*mesh.Scanned) bool)) {
	s := scanner{f: f, a: a}
	each(s.take)
	a.flush()
}

// pack gives what was counted in bytes: for unpack of another that wants the
// same, but for the timeline's place.
func (a *accumulator) pack() []byte {
	b := a.packCell(nil, &a.total.Cell, a.want.Timeline.Buckets > 0)
	for i := range a.tables {
		t := &a.tables[i]
		b = binary.AppendUvarint(b, uint64(len(t.keys)))
		for k, key := range t.keys {
			b = binary.AppendVarint(b, key)
			b = a.packCell(b, &t.cells[k].Cell, t.buckets > 0)
		}
	}
	return append(make([]byte, 0, len(b)), b...)
}

func (a *accumulator) packCell(b []byte, c *Cell, timeline bool) []byte {
	b = c.Count.pack(b)
	if a.air != nil {
		b = binary.AppendVarint(binary.AppendVarint(b, int64(c.Heard)), int64(c.Sent))
	}
	if a.want.Signal {
		for _, s := range []Stat{c.SNR, c.RSSI} {
			b = binary.AppendVarint(binary.AppendVarint(b, s.N), s.Sum)
			b = binary.AppendVarint(binary.AppendVarint(b, int64(s.Least)), int64(s.Greatest))
		}
	}
	if timeline {
		for _, n := range c.Timeline {
			b = n.pack(b)
		}
	}
	return b
}

func (c Count) pack(b []byte) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(b, uint64(c.Transmissions)), uint64(c.Observations))
}

// unpack adds what another has packed, whose timeline is at.
func (a *accumulator) unpack(b []byte, at *Timeline) {
	u := unpacking{b: b, a: a, buckets: at.Buckets}
	if at.Buckets > 0 {
		u.first = (at.From - a.want.Timeline.From) / int64(at.Each/time.Millisecond)
	}
	u.cell(&a.total.Cell, a.want.Timeline.Buckets > 0)
	for i := range a.tables {
		t := &a.tables[i]
		for n := u.uvarint(); n > 0; n-- {
			u.cell(&t.cell(u.varint()).Cell, t.buckets > 0)
		}
	}
}

// unpacking reads what was packed here.
type unpacking struct {
	b       []byte
	a       *accumulator
	buckets int   // of each timeline
	first   int64 // where these begin among those that are wanted
}

func (u *unpacking) uvarint() uint64 {
	v, n := binary.Uvarint(u.b)
	u.b = u.b[n:]
	return v
}

func (u *unpacking) varint() int64 {
	v, n := binary.Varint(u.b)
	u.b = u.b[n:]
	return v
}

func (u *unpacking) count() Count { return Count{int64(u.uvarint()), int64(u.uvarint())} }

func (u *unpacking) cell(c *Cell, timeline bool) {
	c.Count.merge(u.count())
	if u.a.air != nil {
		c.Heard += time.Duration(u.varint())
		c.Sent += time.Duration(u.varint())
	}
	if u.a.want.Signal {
		c.SNR.merge(u.stat())
		c.RSSI.merge(u.stat())
	}
	if !timeline {
		return
	}
	for i := range int64(u.buckets) {
		n := u.count()
		if at := u.first + i; at >= 0 && at < int64(len(c.Timeline)) {
			c.Timeline[at].merge(n)
		}
	}
}

func (u *unpacking) stat() (s Stat) {
	s.N, s.Sum = u.varint(), u.varint()
	s.Least, s.Greatest = int(u.varint()), int(u.varint())
	return s
}
