package index

import (
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
)

// Pick is what one hour held at one moment.
type Pick interface {
	// Seq is the number of the last change (Event.Seq) that is in the pick.
	Seq() uint64
	// Each shows the hour's transmissions until fn is false. It may be called
	// from any goroutine and takes no lock that the writer waits for.
	Each(fn func(*mesh.Scanned) bool)
}

// Past is what indexes are built from. An hour is the number of hours since
// 1970; a transmission stays in the hour in which it is stored.
type Past interface {
	// Hours lists the hours that hold anything, newest first.
	Hours() []uint32
	// Pick takes one moment of an hour, without reading it.
	Pick(hour uint32) Pick
}

// Facts are what indexes take over from the store before anything is built.
type Facts interface {
	Nodes() []mesh.Node
	Observers() []mesh.Observer
	Metrics(observer string, from, to int64) []mesh.MetricsSample
}

// Of is a store as indexes are built from it.
func Of(s *store.Store) Past { return storePast{s} }

type storePast struct{ *store.Store }

func (p storePast) Pick(hour uint32) Pick { return p.PickHour(hour) }
