package report

import (
	"slices"
	"strings"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// numbersOf are the store's numbers of some regions, given in upper case.
func numbersOf(st *store.Store, regions []string) []uint16 {
	return st.RegionsThat(func(name string) bool { return slices.Contains(regions, strings.ToUpper(name)) })
}

// regionNumbers are the same as a set; nil for nil: all.
func regionNumbers(st *store.Store, regions []string) map[uint16]bool {
	if regions == nil {
		return nil
	}
	wanted := map[uint16]bool{}
	for _, n := range numbersOf(st, regions) {
		wanted[n] = true
	}
	return wanted
}

// indexRegions are the same as indexes take them.
func indexRegions(st *store.Store, regions []string) *index.Regions {
	if regions == nil {
		return nil
	}
	return index.NewRegions(numbersOf(st, regions))
}

// HeardIn are the nodes an advert of which was received in one of the regions,
// in upper case, over all that is held.
func (n Nodes) HeardIn(regions []string) map[meshcore.PublicKey]bool {
	return n.Index.HeardIn(indexRegions(n.Store, regions))
}
