package report

import (
	"slices"
	"strings"

	"hilltop/appliance/internal/store"
)

// regionNumbers are the store's numbers of some regions, given in upper case;
// nil for nil: all.
func regionNumbers(st *store.Store, names []string) map[uint16]bool {
	if names == nil {
		return nil
	}
	wanted := map[uint16]bool{}
	for _, n := range st.RegionsThat(func(name string) bool { return slices.Contains(names, strings.ToUpper(name)) }) {
		wanted[n] = true
	}
	return wanted
}
