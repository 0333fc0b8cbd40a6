package index

import (
	"fmt"
	"slices"
)

// Regions are regions that are asked for, by the store's numbers.
type Regions struct {
	bits regionSet
	far  []uint16
	name string // tells what is asked for apart from all else
}

// NewRegions makes numbers ready to be asked for.
func NewRegions(numbers []uint16) *Regions {
	r := &Regions{}
	for _, n := range numbers {
		switch {
		case n == 0:
		case n < regionBits:
			r.bits |= 1 << n
		default:
			r.far = append(r.far, n)
		}
	}
	r.name = fmt.Sprintf("in %x %x", uint64(r.bits), r.far)
	return r
}

// regionSet are the regions in which copies of a transmission were received: a
// bit for each of the first numbers; bit 0 tells that there are others.
type regionSet uint64

const (
	regionBits = 64
	regionFar  = regionSet(1)
)

// farRegions are the others, by transmission.
type farRegions map[uint64][]uint16

// add notes that a copy of a transmission was received in a region.
func (s *regionSet) add(far *farRegions, tx uint64, region uint16) {
	switch {
	case region == 0:
	case region < regionBits:
		*s |= 1 << region
	default:
		*s |= regionFar
		if *far == nil {
			*far = farRegions{}
		}
		if !slices.Contains((*far)[tx], region) {
			(*far)[tx] = append((*far)[tx], region)
		}
	}
}

// has tells whether a copy of a transmission was received in one of the
// regions; nil: it does not matter where.
func (r *Regions) has(s regionSet, far farRegions, tx uint64) bool {
	if r == nil || s&r.bits != 0 {
		return true
	}
	return s&regionFar != 0 && slices.ContainsFunc(far[tx], func(n uint16) bool { return slices.Contains(r.far, n) })
}
