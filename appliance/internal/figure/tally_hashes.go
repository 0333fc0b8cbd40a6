package figure

import (
	"slices"

	"hilltop/firmware-bridge/meshcore"
)

// Part is some rows of an hour, in one state of it.
type Part struct {
	Version
	From, To uint32
}

// Hashes is what is remembered of the hashes that match a selection. It is not
// changed.
type Hashes struct {
	Parts []Part // all rows that are meant
	Rows  int    // different hashes of those that match
	// Shared are, by the serial of a chunk of open records, the hashes of those that
	// match which a row that matches has as well.
	Shared map[uint64][]meshcore.Hash
}

// size is what it takes among what Tallies bounds.
func (h *Hashes) size() int {
	n := len(h.Parts) + len(h.Shared)
	for _, list := range h.Shared {
		n += (len(list)*len(meshcore.Hash{}) + tallyBytes - 1) / tallyBytes
	}
	return n
}

// Hashes gives what is remembered of the hashes that match among some parts.
func (x *Tallies) Hashes(c *Selector, parts []Part) (h Hashes, ok bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.of(c.key)
	return s.hashes, len(parts) > 0 && slices.Equal(s.hashes.Parts, parts)
}

// RememberHashes keeps what the hashes come to, in place of what was kept of the
// selection before.
func (x *Tallies) RememberHashes(c *Selector, h Hashes) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.of(c.key)
	x.size += h.size() - s.hashes.size()
	s.hashes = h
	x.trim()
}
