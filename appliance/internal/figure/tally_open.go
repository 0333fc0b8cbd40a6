package figure

import (
	"hilltop/appliance/internal/store"
)

// chunkSize is what a chunk of heads takes among what Tallies bounds.
const chunkSize = 2

// openTally is what is remembered of an hour's heads, in one state of its lists,
// by the serial of a chunk.
type openTally struct {
	of, in uint64
	chunks map[uint64]chunkTally
}

func (o openTally) size() int { return 1 + chunkSize*len(o.chunks) }

type chunkTally struct {
	Tally
	Mix
}

// Open counts what matches among all heads of an hour. It looks only at chunks
// that changed since it was asked last, or at all when the lists of the hour did.
func (x *Tallies) Open(p *Picker, v *store.View) (t Tally, m Mix) {
	if v.Heads.Len() == 0 {
		return t, m
	}
	version := p.Version(v)
	known := x.openChunks(p.Selector, version)
	now := openTally{version.of, version.in, make(map[uint64]chunkTally, v.Heads.Chunks())}
	var l *hourLists
	for k := range v.Heads.Chunks() {
		serial := v.Heads.Serial(k)
		c, ok := known[serial]
		if !ok {
			if l == nil {
				l = new(p.hourLists(v.Hour))
			}
			c = p.chunk(v, k, *l)
		}
		now.chunks[serial] = c
		t.Early += c.Early
		t.Main += c.Main
		m.Add(c.Mix)
	}
	if l != nil {
		x.rememberOpen(p.Selector, v.Hour, now)
	}
	return t, m
}

// chunk counts what matches among the heads of a chunk.
func (p *Picker) chunk(v *store.View, chunk int, l hourLists) (c chunkTally) {
	start := int64(v.Hour) * 3_600_000
	from := chunk * store.HeadsInChunk
	for i := from; i < min(from+store.HeadsInChunk, v.Heads.Len()); i++ {
		h := v.Heads.At(i)
		if !p.head(h, l) {
			continue
		}
		if h.First < start {
			c.Early++
		} else {
			c.Main++
		}
		p.addHead(&c.Mix, h)
	}
	return c
}

// openChunks gives what is remembered of an hour's heads in a state of its lists.
// It must not be changed.
func (x *Tallies) openChunks(c *Selector, of Version) map[uint64]chunkTally {
	x.mu.Lock()
	defer x.mu.Unlock()
	if o := x.of(c.key).open[of.hour]; o.of == of.of && o.in == of.in {
		return o.chunks
	}
	return nil
}

// rememberOpen keeps what an hour's heads came to, in place of what was kept of
// them before.
func (x *Tallies) rememberOpen(c *Selector, hour uint32, o openTally) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.of(c.key)
	x.forgetOpen(s, hour)
	s.open[hour] = o
	x.size += o.size()
	x.trim()
}

// forgetOpen lets go of what an hour's heads came to. mu is held.
func (x *Tallies) forgetOpen(s *tallySelect, hour uint32) {
	if was, ok := s.open[hour]; ok {
		x.size -= was.size()
		delete(s.open, hour)
	}
}
