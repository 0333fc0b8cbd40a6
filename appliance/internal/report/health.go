package report

import (
	"math"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/survey"
	"hilltop/firmware-bridge/meshcore"
)

// NodeHealth is what is judged of a node.
type NodeHealth struct {
	Patience    health.Patience
	Own         bool // the patience is of its own cadence, else what is usual for its role
	Clock       health.Clock
	LastFlood   int64 // where its latest flood advert stands, Unix ms; 0 none is held
	LastZeroHop int64 // likewise
	Floods7d    int
	Zeros7d     int             // zero-hop adverts of the same seven days
	Widths      index.HopWidths // of its adverts of the last seven days
	Long        LongHops
	Doubt       health.Doubt // of its position

	Survey *survey.Board // nil while there is none
	Scope  survey.Scoped // Name "" if none is known
	Worth  *survey.Worth // nil if it is no relay, or without a survey
}

// LongHops tells whether a node can use hops of several bytes.
type LongHops struct {
	Width int           // the greatest that is proven, 0 if only one byte is
	Proof meshcore.Hash // of a packet that shows it; zero if none is held
	Own   bool          // its own advert, else a hop that it alone fits
}

// Health judges a node; board may be nil, now is in Unix ms.
func (n Nodes) Health(d NodeDetail, board *survey.Board, now int64) NodeHealth {
	key := d.Node.Key
	h := NodeHealth{Widths: n.Index.WidthsOf(key, now), Long: n.longHops(d), Survey: board}
	h.Patience, h.Own = health.PatienceWith(d.Node, d.Cadence)
	for _, s := range n.Index.Sent(key) {
		if s.Flood {
			h.LastFlood = max(h.LastFlood, s.At)
		} else {
			h.LastZeroHop = max(h.LastZeroHop, s.At)
			if s.At >= now-7*dayMs {
				h.Zeros7d++
			}
		}
	}
	h.Clock, _ = n.Index.Clock(key)
	h.Floods7d = h.Widths.Floods
	h.Doubt = doubtOf(d.Node, board)
	if board == nil {
		return h
	}
	h.Scope = board.Day.Default[key]
	if w, ok := board.Worth(key); ok {
		h.Worth = &w
	}
	return h
}

// longHops finds the proof that a node uses hops of several bytes.
func (n Nodes) longHops(d NodeDetail) (long LongHops) {
	if d.Node.Past != nil {
		for _, s := range d.Node.Past.Widths {
			if int(s.Value) >= max(2, long.Width) {
				long = LongHops{int(s.Value), s.Hash, true}
			}
		}
	}
	if long.Width > 0 || n.Relays == nil {
		return long
	}
	for width := 3; width >= 2; width-- {
		hop := d.Node.Key.Hop(width)
		if only, ok := n.Index.Naming().One(hop); !ok || only != d.Node.Key {
			continue
		}
		n.Relays.Each([]meshcore.Hop{hop}, math.MinInt64, math.MaxInt64, func(r index.Relayed) bool {
			if tx, ok := n.Store.PacketByID(r.Tx); ok {
				long = LongHops{Width: width, Proof: tx.Hash}
			}
			return long.Width == 0
		})
		if long.Width > 0 {
			return long
		}
	}
	return long
}

// ObserverHealth is what is judged of an observer.
type ObserverHealth struct {
	Metered health.Metered // of the rates given
	Survey  *survey.Board  // nil while there is none
	Heard   survey.Heard   // of the survey's day
	// InRegion and OfRegion are how many transmissions of the day it received
	// while in the region where it is now, and how many any observer there did.
	InRegion, OfRegion int64
}

// Health judges an observer; board may be nil.
func (o Observers) Health(d ObserverDetail, board *survey.Board) ObserverHealth {
	h := ObserverHealth{Metered: health.Sum(d.Rates), Survey: board}
	if board == nil {
		return h
	}
	if heard := board.Day.Observers[d.Num]; heard != nil {
		h.Heard = *heard
	}
	for region, all := range board.Day.Regions {
		if d.Region != "" && o.Store.Region(region) == d.Region {
			h.InRegion, h.OfRegion = board.Day.In[survey.Station{Observer: d.Num, Region: region}], all
		}
	}
	return h
}

// Known gives the nodes of keys that are known, of the first n keys.
func (n Nodes) Known(keys []meshcore.PublicKey, most int) (list []mesh.Node) {
	for _, key := range keys[:min(most, len(keys))] {
		if node, ok := n.Store.Node(key); ok {
			list = append(list, node)
		}
	}
	return list
}
