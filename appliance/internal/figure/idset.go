package figure

import "slices"

// IDSet is a set of numbers of transmissions, most of them near each other.
type IDSet struct {
	base uint64
	bits []uint64
	far  map[uint64]bool
}

// nearIDs is how far from the least a number may lie to have a bit.
const nearIDs = 1 << 20

// NewIDSet makes a set of numbers.
func NewIDSet(ids []uint64) *IDSet {
	s := &IDSet{}
	if len(ids) == 0 {
		return s
	}
	s.base = slices.Min(ids)
	for _, id := range ids {
		d := id - s.base
		if d >= nearIDs {
			if s.far == nil {
				s.far = map[uint64]bool{}
			}
			s.far[id] = true
			continue
		}
		if need := int(d/64) + 1 - len(s.bits); need > 0 {
			s.bits = append(s.bits, make([]uint64, need)...)
		}
		s.bits[d/64] |= 1 << (d % 64)
	}
	return s
}

// Has tells whether a number is in the set.
func (s *IDSet) Has(id uint64) bool {
	if d := id - s.base; d/64 < uint64(len(s.bits)) { // wraps around below base
		return s.bits[d/64]>>(d%64)&1 != 0
	}
	return s.far != nil && s.far[id]
}
