package health

import (
	"slices"

	"hilltop/appliance/internal/mesh"
)

const (
	hourMs = 3_600_000
	dayMs  = 24 * hourMs
)

// Cadence is how regularly something was heard, learned from its own times.
type Cadence struct {
	Gaps  int   // that it was learned from, at most CadenceGaps; too few, and nothing is learned
	Usual int64 // the median gap, ms; 0 unknown
	Long  int64 // the gap that nine of ten do not exceed, ms
}

// What a cadence is learned from.
const (
	CadenceGaps = 32     // the latest
	leastGaps   = 4      // fewer tell nothing
	burst       = 60_000 // ms: what comes closer together is one occasion
)

// Learn learns a cadence from times in Unix ms, ascending.
func Learn(times []int64) Cadence {
	var gaps []int64
	for i := len(times) - 1; i > 0 && len(gaps) < CadenceGaps; i-- {
		if gap := times[i] - times[i-1]; gap >= burst {
			gaps = append(gaps, gap)
		}
	}
	if len(gaps) < leastGaps {
		return Cadence{Gaps: len(gaps)}
	}
	slices.Sort(gaps)
	return Cadence{Gaps: len(gaps), Usual: gaps[len(gaps)/2], Long: gaps[(len(gaps)*9-1)/10]}
}

// Patience is how long a silence may last before it counts, in ms.
type Patience struct{ Quiet, Silent int64 }

// The limits of what is learned: a node that adverts each minute is not silent
// after three, and one of a weekly advert is not believed for months.
const (
	leastQuiet = hourMs / 2
	mostQuiet  = 7 * dayMs
)

// Patience follows from a cadence: a silence of twice the usual gap, or of more
// than nine of ten gaps by half, is quiet; three times that is silent. False
// if nothing was learned.
func (c Cadence) Patience() (Patience, bool) {
	if c.Usual == 0 {
		return Patience{}, false
	}
	quiet := min(max(2*c.Usual, c.Long+c.Long/2, leastQuiet), mostQuiet)
	return Patience{quiet, 3 * quiet}, true
}

// PatienceWith is a node's patience: of its own cadence, or while that is not
// known what is usual for its role.
func PatienceWith(n mesh.Node, c Cadence) (p Patience, own bool) {
	if p, own = c.Patience(); own {
		return p, true
	}
	if n.CanRelay() {
		return Patience{24 * hourMs, 72 * hourMs}, false
	}
	return Patience{hourMs, 24 * hourMs}, false
}

// State is that of something last heard at a time, Unix ms, 0 never.
func (p Patience) State(lastHeard int64, at Listening) mesh.NodeState {
	switch age := at.Since(lastHeard); {
	case lastHeard == 0 || age >= p.Silent:
		return mesh.NodeSilent
	case age >= p.Quiet:
		return mesh.NodeQuiet
	}
	return mesh.NodeActive
}
