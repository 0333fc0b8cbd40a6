package index

import (
	"cmp"
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// linkPart collects the links of a day in a hash table.
type linkPart struct {
	x       *Links
	day     uint32
	start   int64
	slots   []int32 // 1 + place in list; 0 empty
	list    []linkSlot
	signals []signals
	spreads []spreadCounts // of the signals
	tx      uint32         // number of the transmission that is being added, from 1
	adverts []uint64
	origins map[meshcore.PublicKey]uint32
	spans   [][2]int32 // of the tree's nodes: first and last observation below

	made *linkDay
}

// linkSlot is a link. It was counted last for transmission tx.
type linkSlot struct {
	key linkKey
	sightings
	tx     uint32
	signal uint32 // place in signals, if an observer received
}

// Begin starts a day.
func (x *Links) Begin(day uint32) Part {
	return &linkPart{x: x, day: day, start: dayStart(day), slots: make([]int32, 1<<11), origins: map[meshcore.PublicKey]uint32{}}
}

// Add counts the links of a transmission.
func (p *linkPart) Add(_ uint32, t *mesh.Scanned) {
	p.tx++
	o := linkObs{}
	if key, ok := originOf(t.Type, t.Payload); ok && t.Verified {
		p.adverts = append(p.adverts, t.ID)
		if o.origin, ok = p.origins[key]; !ok {
			o.origin = p.x.originNumber(key)
			p.origins[key] = o.origin
		}
		o.known = true
	}
	n := t.Tree.Len()
	p.spans = p.spans[:0]
	for range n + 1 {
		p.spans = append(p.spans, [2]int32{1, 0})
	}
	for i := range t.Obs {
		p.observation(t, &t.Obs[i], o)
	}
	for i := n; i > 0; i-- {
		span := p.spans[i]
		if parent := t.Tree.Parents[i-1]; span[0] <= span[1] {
			up := &p.spans[parent]
			if up[0] > up[1] {
				*up = span
			} else {
				*up = [2]int32{min(up[0], span[0]), max(up[1], span[1])}
			}
		}
		if k, ok := o.step(&t.Tree, i); ok {
			s := p.slot(k)
			if span[0] <= span[1] {
				s.span(span[0], span[1])
			}
			if s.tx != p.tx {
				s.tx = p.tx
				s.count++
			}
		}
	}
}

// observation counts what an observer received, and notes when.
func (p *linkPart) observation(t *mesh.Scanned, o *mesh.ScannedObs, link linkObs) {
	at := int32(o.At - p.start)
	var k linkKey
	if o.Leaf >= 0 {
		if s := &p.spans[o.Leaf]; s[0] > s[1] {
			*s = [2]int32{at, at}
		} else {
			*s = [2]int32{min(s[0], at), max(s[1], at)}
		}
		if o.Leaf > 0 {
			k = makeLink(hopToObserver, uint32(treeCode(&t.Tree, int(o.Leaf))), o.Observer)
		}
	} else if path, ok := heardOwn(t, o); ok {
		if last, ok := path.Last(); ok {
			k = makeLink(hopToObserver, uint32(codeOf(last)), o.Observer)
		}
	} else if meshcore.Route(o.Header&3).IsFlood() || o.PathLen&63 != 0 || t.Type == meshcore.TypeTrace {
		return
	}
	if k == 0 {
		if !link.known {
			return
		}
		k = makeLink(nodeToObserver, link.origin, o.Observer)
	}
	s := p.slot(k)
	s.at(at)
	s.count++
	p.signals[s.signal].add(o.SNR4, o.RSSI)
	if o.SNR4 != mesh.NoSNR {
		p.spreads[s.signal].add(o.SNR4)
	}
}

// slot gives the entry of a link, made if there is none.
func (p *linkPart) slot(k linkKey) *linkSlot {
	mask := uint64(len(p.slots) - 1)
	for i := k.spread() & mask; ; i = (i + 1) & mask {
		switch n := p.slots[i]; {
		case n == 0:
			s := linkSlot{key: k, sightings: unseen(), signal: uint32(len(p.signals))}
			if k.received() {
				p.signals, p.spreads = append(p.signals, signals{}), append(p.spreads, nil)
			}
			p.list = append(p.list, s)
			if p.slots[i] = int32(len(p.list)); 2*len(p.list) > len(p.slots) {
				p.grow()
			}
			return &p.list[len(p.list)-1]
		case p.list[n-1].key == k:
			return &p.list[n-1]
		}
	}
}

func (k linkKey) spread() uint64 {
	h := uint64(k) * 0x9E3779B97F4A7C15
	return h ^ h>>29
}

func (p *linkPart) grow() {
	p.slots = make([]int32, 2*len(p.slots))
	mask := uint64(len(p.slots) - 1)
	for n, s := range p.list {
		i := s.key.spread() & mask
		for p.slots[i] != 0 {
			i = (i + 1) & mask
		}
		p.slots[i] = int32(n + 1)
	}
}

// Finish sorts the links.
func (p *linkPart) Finish() {
	slices.SortFunc(p.list, func(a, b linkSlot) int { return cmp.Compare(a.key, b.key) })
	slices.Sort(p.adverts)
	d := &linkDay{keys: make([]linkKey, len(p.list)), seen: make([]sightings, len(p.list)),
		signals: make([]signals, 0, len(p.signals)), spreads: make([]spread, 0, len(p.signals)), adverts: slices.Clip(p.adverts)}
	for i, s := range p.list {
		d.keys[i], d.seen[i] = s.key, s.sightings
		if s.key.received() {
			d.signals, d.spreads = append(d.signals, p.signals[s.signal]), append(d.spreads, p.spreads[s.signal].pack())
		}
	}
	*p = linkPart{x: p.x, day: p.day, made: d}
}

// Put has the day in use.
func (p *linkPart) Put() {
	p.x.mu.Lock()
	defer p.x.mu.Unlock()
	p.x.days[p.day] = p.made
	p.x.built = nil
}
