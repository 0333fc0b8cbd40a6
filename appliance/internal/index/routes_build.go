package index

import (
	"slices"

	"hilltop/appliance/internal/mesh"
)

// routePart counts the sequences of a day in a hash table of its own.
type routePart struct {
	x        *Routes
	day      uint32
	symbols  symbolCache
	slots    []routeSlot
	used     int
	tx       uint32 // number of the transmission that is being counted, from 1
	paths    uint32
	skipped  uint64
	suffixes []sequence
	depths   []uint8

	made *routeDay
}

// routeSlot is a sequence, its count, and for which transmission it was counted
// last.
type routeSlot struct {
	key   sequence
	count uint32
	tx    uint32
}

// Begin starts a day.
func (x *Routes) Begin(day uint32) Part {
	return &routePart{x: x, day: day, symbols: symbolCache{all: x.symbols, more: map[hopCode]symbol{}}, slots: make([]routeSlot, 1<<12)}
}

// Add counts the sequences of a transmission's tree.
func (p *routePart) Add(_ uint32, t *mesh.Scanned) {
	n := t.Tree.Len()
	if n < shortest {
		return
	}
	p.tx++
	p.suffixes, p.depths = append(p.suffixes[:0], 0), append(p.depths[:0], 0)
	deep := false
	for i := 1; i <= n; i++ {
		parent := t.Tree.Parents[i-1]
		suffix := p.suffixes[parent]<<16 | sequence(p.symbols.of(treeCode(&t.Tree, i)))
		depth := p.depths[parent] + 1
		p.suffixes, p.depths = append(p.suffixes, suffix), append(p.depths, depth)
		if depth < shortest {
			continue
		}
		deep = true
		for length := shortest; length <= min(longest, int(depth)); length++ {
			if key, whole := ending(suffix, length); whole {
				p.count(key)
			} else {
				p.skipped++
			}
		}
	}
	if deep {
		p.paths++
	}
}

func (p *routePart) count(key sequence) {
	mask := uint64(len(p.slots) - 1)
	for i := key.spread() & mask; ; i = (i + 1) & mask {
		s := &p.slots[i]
		switch s.key {
		case key:
			if s.tx != p.tx {
				s.tx = p.tx
				s.count++
			}
			return
		case 0:
			*s = routeSlot{key, 1, p.tx}
			if p.used++; p.used*5 > len(p.slots)*3 {
				p.grow()
			}
			return
		}
	}
}

// spread makes neighbours strangers, for the table.
func (s sequence) spread() uint64 {
	h := uint64(s) * 0x9E3779B97F4A7C15
	return h ^ h>>29
}

func (p *routePart) grow() {
	old := p.slots
	p.slots = make([]routeSlot, 2*len(old))
	mask := uint64(len(p.slots) - 1)
	for _, s := range old {
		if s.key == 0 {
			continue
		}
		i := s.key.spread() & mask
		for p.slots[i].key != 0 {
			i = (i + 1) & mask
		}
		p.slots[i] = s
	}
}

// Finish sorts what was counted.
func (p *routePart) Finish() {
	list := slices.DeleteFunc(p.slots, func(s routeSlot) bool { return s.key == 0 })
	list = sortSlots(list)
	d := &routeDay{paths: p.paths, skipped: p.skipped}
	for _, s := range list {
		d.list.add(s.key, s.count)
	}
	d.list.fit()
	d.rank(oftenMost)
	p.slots, p.made = nil, d
}

// oftenMost is how many of the most frequent sequences of a length are known.
const oftenMost = 1 << 10

// rank finds the most frequent sequences of each length.
func (d *routeDay) rank(most int) {
	var counts [len(d.often)][]uint32
	for w := d.list.walk(0); w.next(); {
		l := w.key.length() - shortest
		counts[l] = append(counts[l], uint32(w.count))
	}
	for l, list := range counts {
		if d.rest[l], d.often[l] = 0, nil; len(list) > most {
			slices.Sort(list)
			d.rest[l] = int64(list[len(list)-most-1])
		}
	}
	for w := d.list.walk(0); w.next(); {
		if l := w.key.length() - shortest; w.count > d.rest[l] {
			d.often[l] = append(d.often[l], counted{w.key, w.count})
		}
	}
}

// sortSlots sorts by key, a byte at a time from the lowest; a byte that is the
// same in all keys needs no pass.
func sortSlots(list []routeSlot) []routeSlot {
	other := make([]routeSlot, len(list))
	for shift := 0; shift < 64; shift += 8 {
		var at [257]int
		for i := range list {
			at[int(list[i].key>>shift&0xFF)+1]++
		}
		if len(list) == 0 || at[int(list[0].key>>shift&0xFF)+1] == len(list) {
			continue
		}
		for i := 1; i < len(at); i++ {
			at[i] += at[i-1]
		}
		for _, s := range list {
			b := s.key >> shift & 0xFF
			other[at[b]] = s
			at[b]++
		}
		list, other = other, list
	}
	return list
}

// Put has the day in use.
func (p *routePart) Put() {
	p.x.mu.Lock()
	defer p.x.mu.Unlock()
	p.x.days[p.day] = p.made
}
