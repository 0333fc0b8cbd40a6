package figure

import (
	"math"
	"time"

	"hilltop/appliance/internal/column"
)

// kernel counts as block.count does, but for tables, signal and airtime: only
// totals and their timeline. Its inner loop looks at two columns and has
// no branch that depends on what matches.
func (b *block) kernel() bool {
	w := b.a.want
	if len(w.Tables) > 0 || w.Signal || b.a.air != nil || b.f.SNR4.On || b.f.RSSI.On || !b.plain() {
		return false
	}
	ats := column.View[uint32](b.h.Ats())
	if ats == nil {
		return false
	}
	switch n := b.h.Reporters(); n.Width() {
	case 1:
		countRows(b, ats, column.View[uint8](n))
	case 2:
		countRows(b, ats, column.View[uint16](n))
	default:
		return false
	}
	return true
}

// farAway bounds times with which one may reckon without a thought of overflow.
const farAway = math.MaxInt64 / 8

// plain tells whether all times lie near enough to reckon with.
func (b *block) plain() bool {
	w := &b.a.want.Timeline
	least, greatest := b.h.Bounds()
	each := int64(w.Each / time.Millisecond)
	return -farAway < least && greatest < farAway && greatest-least < math.MaxUint32 && (w.Buckets == 0 || -farAway < w.From && w.From < farAway && each < farAway/int64(w.Buckets))
}

// spans are times of a column: n is in it if n-from < length.
type spans struct{ from, length uint32 }

// relative gives the times from from to below to, Unix ms, as numbers of a
// column that counts from base.
func relative(from, to, base int64) spans {
	from, to = max(from, base), min(to, base+math.MaxUint32)
	if from >= to {
		return spans{}
	}
	return spans{uint32(from - base), uint32(to - from)}
}

// countRows adds to a bucket at a time, as times of one transmission lie close
// together.
func countRows[R uint8 | uint16](b *block, ats []uint32, reporters []R) {
	base, greatest := b.h.Bounds()
	span := spans{0, math.MaxUint32}
	if !b.inside {
		span = relative(b.f.From, min(b.f.To, greatest+1), base)
	}
	p := pouring{b: b, base: base, bucket: -1}
	p.find(0)
	types, starts, wanted := b.h.Types(), b.h.Starts(), b.wanted
	for row := b.from; row < b.to; row++ {
		if !b.f.types[types[row]] || b.overridden != nil && b.overridden(row) {
			continue
		}
		if b.f.channelOn || b.f.Verified {
			if t := b.transmission(row); !b.f.takes(&t, b.h.Verified(row)) {
				continue
			}
		}
		from, to := starts[row], starts[row+1]
		times, who := ats[from:to], reporters[from:to]
		var hits uint32
		if p.holds(times) && b.inside {
			for _, r := range who {
				hits += uint32(wanted[r])
			}
			p.count += hits
		} else {
			hits = pour(&p, times, who, span)
		}
		if hits > 0 {
			p.transmissions(row, hits)
		}
	}
	p.flush()
}

// pour counts observations that are not all in one bucket.
func pour[R uint8 | uint16](p *pouring, times []uint32, who []R, span spans) (hits uint32) {
	for i, at := range times {
		if at-p.now.from >= p.now.length {
			p.find(at)
		}
		hit := uint32(p.b.wanted[who[i]])
		if at-span.from >= span.length {
			hit = 0
		}
		hits += hit
		p.count += hit
	}
	return hits
}

// pouring fills the bucket that it last found.
type pouring struct {
	b      *block
	base   int64
	now    spans
	bucket int // -1: none
	count  uint32
}

// holds tells whether all times are in the bucket.
func (p *pouring) holds(times []uint32) bool {
	least, greatest := times[0], times[0]
	for _, at := range times[1:] {
		least, greatest = min(least, at), max(greatest, at)
	}
	return least-p.now.from < p.now.length && greatest-p.now.from < p.now.length
}

// flush counts what was poured.
func (p *pouring) flush() {
	if p.bucket >= 0 {
		p.b.a.total.Timeline[p.bucket].Observations += int64(p.count)
	}
	p.count = 0
}

// find goes to the bucket of a time.
func (p *pouring) find(at uint32) {
	p.flush()
	w := &p.b.a.want.Timeline
	t := p.base + int64(at)
	p.bucket = w.bucket(t)
	each := int64(w.Each / time.Millisecond)
	switch end := w.From + each*int64(w.Buckets); {
	case p.bucket >= 0:
		from := w.From + each*int64(p.bucket)
		p.now = relative(from, from+each, p.base)
	case w.Buckets > 0 && t < w.From:
		p.now = relative(math.MinInt64, w.From, p.base)
	case w.Buckets > 0:
		p.now = relative(end, math.MaxInt64, p.base)
	default:
		p.now = relative(math.MinInt64, math.MaxInt64, p.base)
	}
}

// transmissions counts a transmission with observations that match.
func (p *pouring) transmissions(row int, hits uint32) {
	a := p.b.a
	a.total.Observations += int64(hits)
	a.total.Transmissions++
	if a.want.Timeline.Buckets == 0 {
		return
	}
	if bucket := a.want.Timeline.bucket(max(p.b.h.First(row), p.b.f.From)); bucket >= 0 {
		a.total.Timeline[bucket].Transmissions++
	}
}
