package report

import (
	"math/bits"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// sequenceKey is a sequence: its hops' width, their number and their bytes.
type sequenceKey struct {
	width, hops uint8
	bytes       [3 * SequencesMost]byte
}

// sequenceAt is the sequence of the last n hops that lead to a node of a tree.
func sequenceAt(t *mesh.Tree, node, n int) sequenceKey {
	k := sequenceKey{width: uint8(t.Width), hops: uint8(n)}
	for at := n * t.Width; at > 0; node = t.Parent(node) {
		at -= t.Width
		copy(k.bytes[at:], t.HopBytes[(node-1)*t.Width:node*t.Width])
	}
	return k
}

func (k *sequenceKey) list() []meshcore.Hop {
	return hopsOf(k.bytes[:int(k.hops)*int(k.width)], int(k.width))
}

// sequenceTable counts sequences exactly, each once for a transmission.
type sequenceTable struct {
	slots []sequenceSlot // a power of two of them; taken ones have a count
	used  int
	room  int // for so many
}

type sequenceSlot struct {
	key sequenceKey
	sum uint64
	lastCount
}

// full tells whether there was no room: what is counted is then not to be used.
func (s *sequenceTable) full() bool { return s.used > s.room }

// count counts a sequence of a transmission.
func (s *sequenceTable) count(key *sequenceKey, sum uint64, tx uint32) {
	if slot := s.find(key, sum); slot.tx != tx {
		slot.tx = tx
		slot.count++
	}
}

// find gives the slot of a sequence, which is made if there is none.
func (s *sequenceTable) find(key *sequenceKey, sum uint64) *sequenceSlot {
	if s.used*2 >= len(s.slots) {
		s.grow()
	}
	slot := s.place(key, sum)
	if slot.key.width == 0 {
		slot.key, slot.sum = *key, sum
		s.used++
	}
	return slot
}

// place gives the slot of a sequence, or the free one where it is to be.
func (s *sequenceTable) place(key *sequenceKey, sum uint64) *sequenceSlot {
	mask := uint64(len(s.slots) - 1)
	for i := bits.ReverseBytes64(sum) & mask; ; i = (i + 1) & mask {
		slot := &s.slots[i]
		if slot.key.width == 0 || slot.sum == sum && slot.key == *key {
			return slot
		}
	}
}

func (s *sequenceTable) grow() {
	old := s.slots
	s.slots = make([]sequenceSlot, max(1<<10, 2*len(old)))
	for i := range old {
		if old[i].key.width != 0 {
			*s.place(&old[i].key, old[i].sum) = old[i]
		}
	}
}

// join adds what another has counted.
func (s *sequenceTable) join(o *sequenceTable) {
	for i := range o.slots {
		if from := &o.slots[i]; from.count > 0 {
			s.find(&from.key, from.sum).count += from.count
		}
	}
}
