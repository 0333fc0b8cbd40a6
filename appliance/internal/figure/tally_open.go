package figure

import (
	"math/bits"

	"hilltop/appliance/internal/store"
)

// chunkSize is what a chunk of heads takes among what Tallies bounds.
const chunkSize = 2

// openTally is what is remembered of an hour's heads, in one state of the list that
// is asked for, chunk by chunk: a chunk that stays the same stays in its place. It
// is not changed.
type openTally struct {
	in     uint64
	chunks []chunkTally
}

func (o openTally) size() int { return 1 + chunkSize*len(o.chunks) }

// chunkTally is what the heads of a chunk come to in one state.
type chunkTally struct {
	serial uint64
	Tally
	Mix
	match [store.HeadsInChunk / 64]uint64 // a bit for each head
}

// Open counts what matches among all heads of an hour. It looks only at chunks
// that changed since it was asked last, or at all when the list of the hour did.
func (x *Tallies) Open(p *Picker, v *store.View) (t Tally, m Mix) {
	chunks := x.open(p, v)
	for i := range chunks {
		c := &chunks[i]
		t.Early += c.Early
		t.Main += c.Main
		m.Add(c.Mix)
	}
	return t, m
}

// Heads are the places of what matches among those heads of an hour whose places are
// from..to below, ascending. Like Open it looks only at what changed.
func (x *Tallies) Heads(p *Picker, v *store.View, in [2]int) (list []uint32) {
	if in[0] >= in[1] {
		return nil
	}
	chunks := x.open(p, v)
	for k := in[0] / store.HeadsInChunk; k*store.HeadsInChunk < in[1]; k++ {
		for w, set := range chunks[k].match {
			for ; set != 0; set &= set - 1 {
				if i := k*store.HeadsInChunk + 64*w + bits.TrailingZeros64(set); i >= in[0] && i < in[1] {
					list = append(list, uint32(i))
				}
			}
		}
	}
	return list
}

// open gives what the heads of an hour come to, chunk by chunk.
func (x *Tallies) open(p *Picker, v *store.View) []chunkTally {
	n := v.Heads.Chunks()
	if n == 0 {
		return nil
	}
	version := p.Version(v)
	known := x.openChunks(p.Selector, version)
	var now []chunkTally
	var l hourLists
	for k := range n {
		if k < len(known) && known[k].serial == v.Heads.Serial(k) {
			continue
		}
		if now == nil {
			now, l = make([]chunkTally, n), p.hourLists(v.Hour, false)
			copy(now, known)
		}
		now[k] = p.chunk(v, k, l)
	}
	if now == nil {
		return known[:n]
	}
	x.rememberOpen(p.Selector, v.Hour, openTally{version.in, now})
	return now
}

// chunk counts what matches among the heads of a chunk.
func (p *Picker) chunk(v *store.View, chunk int, l hourLists) (c chunkTally) {
	c.serial = v.Heads.Serial(chunk)
	start := int64(v.Hour) * 3_600_000
	heads := v.Heads.Chunk(chunk)
	for i := range heads {
		h := &heads[i]
		if !p.head(h, l) {
			continue
		}
		c.match[i/64] |= 1 << (i % 64)
		if h.First < start {
			c.Early++
		} else {
			c.Main++
		}
		p.addHead(&c.Mix, h)
	}
	return c
}

// openChunks gives what is remembered of an hour's heads in a state of its list.
// It must not be changed.
func (x *Tallies) openChunks(c *Selector, of Version) []chunkTally {
	x.mu.Lock()
	defer x.mu.Unlock()
	if o := x.of(c.key).open[of.hour]; o.in == of.in {
		return o.chunks
	}
	return nil
}

// rememberOpen keeps what an hour's heads came to, in place of what was kept of
// them before.
func (x *Tallies) rememberOpen(c *Selector, hour uint32, o openTally) {
	x.mu.Lock()
	defer x.mu.Unlock()
	keep(x, x.of(c.key).open, hour, o)
}

// forgetOpen lets go of what an hour's heads came to. mu is held.
func (x *Tallies) forgetOpen(s *tallySelect, hour uint32) {
	if was, ok := s.open[hour]; ok {
		x.size -= was.size()
		delete(s.open, hour)
	}
}
