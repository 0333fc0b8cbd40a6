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
	// Chosen tells Only apart from all others that take something else, and from
	// regions; "": what an hour comes to in these bounds is not remembered.
	Chosen string
	// AsOf is what [Channels.Changes] gave before Only was looked for: of an hour that
	// has changed since, nothing is remembered.
	AsOf uint64
	From int64 // it stands at From or later, Unix ms; 0 is open
	To   int64 // it stands before To; 0 is open
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
	return r == nil || r.In == nil && r.Only == nil && r.spans(hour)
}

// spans tells whether all that an hour holds stands in these bounds, wherever it was
// received.
func (r *Received) spans(hour uint32) bool {
	return (r.From == 0 || mesh.HourStart(hour)-lateFirst >= r.From) && (r.To == 0 || mesh.HourStart(hour)+mesh.HourMS <= r.To)
}

// where names these bounds, which are not only of times, but for these; false if
// nothing is remembered by them.
func (r *Received) where() (name string, ok bool) {
	switch {
	case r.Only == nil:
		return r.In.name, true
	case r.In == nil:
		return r.Chosen, r.Chosen != ""
	}
	return r.In.name + " " + r.Chosen, r.Chosen != ""
}
