package figure

import "hilltop/appliance/internal/store"

// RowsKept is how many rows that match are remembered of an hour for each list.
const RowsKept = 1 << 13

// Reads tells whether the streams of rows have to be read to find those that
// match, and not only columns and lists.
func (c *Selector) Reads() bool { return c.of != nil || c.from != nil }

// hourRows is what is remembered of one hour.
type hourRows struct {
	Version
	list []uint32
}

// size is what it takes among what Tallies bounds.
func (h hourRows) size() int { return 2 + (4*len(h.list)+tallyBytes-1)/tallyBytes }

// KnownRows gives the rows of an hour's block that match, ascending, if they are
// remembered. They must not be changed.
func (x *Tallies) KnownRows(c *Selector, v *store.View) (list []uint32, ok bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	have, ok := x.of(c.key).rows[v.Hour]
	return have.list, ok && have.Version == c.Version(v)
}

// RememberRows keeps the rows that match of the whole of an hour's block. What
// they take counts among what Tallies bounds.
func (x *Tallies) RememberRows(c *Selector, of Version, list []uint32) {
	x.mu.Lock()
	defer x.mu.Unlock()
	keep(x, x.of(c.key).rows, of.hour, hourRows{of, list})
}

// keep puts what an hour comes to in the place of what it came to before. mu is held.
func keep[T interface{ size() int }](x *Tallies, hours map[uint32]T, hour uint32, now T) {
	if was, ok := hours[hour]; ok {
		x.size -= was.size()
	}
	hours[hour] = now
	x.size += now.size()
	x.trim()
}
