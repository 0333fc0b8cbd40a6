package index

import (
	"hilltop/appliance/internal/figure"

	"hilltop/appliance/internal/mesh"
)

// Received bounds where and when transmissions were received. Its zero value
// takes all.
type Received struct {
	In   *Regions      // a copy was received in one of these; nil: anywhere
	Only *figure.IDSet // it is one of these transmissions; nil: any
	From int64         // it stands at From or later, Unix ms; 0 is open
	To   int64         // it stands before To; 0 is open
}

// mayHold tells whether an hour may hold what stands in these bounds.
func (r *Received) mayHold(hour uint32) bool {
	return r == nil || (r.From == 0 || mesh.HourStart(hour)+mesh.HourMS > r.From) && (r.To == 0 || mesh.HourStart(hour)-lateFirst < r.To)
}

// has tells whether a transmission that stands at a time, Unix ms, and of which
// copies were received there lies in these bounds; nil takes all.
func (r *Received) has(at int64, where regionSet, far farRegions, tx uint64) bool {
	return r == nil || (r.From == 0 || at >= r.From) && (r.To == 0 || at < r.To) && r.In.has(where, far, tx) && (r.Only == nil || r.Only.Has(tx))
}

// takesAll tells whether all that an hour holds lies in these bounds.
func (r *Received) takesAll(hour uint32) bool {
	return r == nil || r.In == nil && r.Only == nil && (r.From == 0 || mesh.HourStart(hour)-lateFirst >= r.From) && (r.To == 0 || mesh.HourStart(hour)+mesh.HourMS <= r.To)
}
