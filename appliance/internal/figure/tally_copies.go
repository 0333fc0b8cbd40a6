package figure

import (
	"slices"

	"hilltop/appliance/internal/store"
)

// CopiesCounted is from which number of copies on transmissions are counted
// together.
const CopiesCounted = 1 << 10

// mostKept is how many of the transmissions with the most copies are kept of an
// hour.
const mostKept = 64

// Copies is how many transmissions of an hour match, by how many copies of them
// there are. It must not be changed.
type Copies struct {
	Counts []uint32 // by the number of copies, CopiesCounted at most
	Least  int      // those with as many copies or more are in Most
	Most   []uint32 // rows of a block, or places among heads; ascending
}

// CountCopies counts rows, or places, that match.
func CountCopies(list []uint32, copies func(uint32) int) *Copies {
	var counts [CopiesCounted + 1]uint32
	most := 0
	for _, i := range list {
		n := min(copies(i), CopiesCounted)
		counts[n]++
		most = max(most, n)
	}
	c := &Copies{Counts: slices.Clone(counts[:most+1]), Least: most + 1}
	kept := uint32(0)
	for c.Least > 0 && kept+counts[c.Least-1] <= mostKept {
		c.Least--
		kept += counts[c.Least]
	}
	if kept == 0 {
		return c
	}
	for _, i := range list {
		if copies(i) >= c.Least {
			c.Most = append(c.Most, i)
		}
	}
	return c
}

// From is how many have so many copies, and how many have more.
func (c *Copies) From(copies int) (equal, more uint32) {
	for n := copies; n < len(c.Counts); n++ {
		if n == copies {
			equal = c.Counts[n]
		} else {
			more += c.Counts[n]
		}
	}
	return equal, more
}

// hourCopies is what is remembered of one hour.
type hourCopies struct {
	Version
	*Copies
}

// size is what it takes among what Tallies bounds.
func (h hourCopies) size() int {
	return 2 + (4*(len(h.Counts)+len(h.Most))+tallyBytes-1)/tallyBytes
}

// KnownCopies gives what is remembered of the rows of hours, nil where nothing is.
func (x *Tallies) KnownCopies(c *Selector, views []store.View) []*Copies {
	out := make([]*Copies, len(views))
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.of(c.key)
	for i := range views {
		if have, ok := s.copies[views[i].Hour]; ok && have.Version == c.Version(&views[i]) {
			out[i] = have.Copies
		}
	}
	return out
}

// RememberCopies keeps the counts of an hour's rows.
func (x *Tallies) RememberCopies(c *Selector, of Version, n *Copies) {
	x.mu.Lock()
	defer x.mu.Unlock()
	keep(x, x.of(c.key).copies, of.hour, hourCopies{of, n})
}
