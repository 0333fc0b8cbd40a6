package survey

import (
	"context"
	"time"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/naming"
	"hilltop/firmware-bridge/meshcore"
)

// Named gives the transmission of an ID and calls f for every step of it over
// which names were decided; false if nothing was decided of it.
type Named func(id uint64, signed bool, f func(*mesh.Transmission, naming.Step)) bool

// flood is one that names may tell of.
type flood struct {
	id     uint64
	signed bool
	bytes  int // of its frame with no hops
}

// listener is told of floods, one after the other: that it begins, its steps in the
// order of naming.Names.Steps, and whether anything was decided of it.
type listener interface {
	begin(flood)
	step(*mesh.Transmission, naming.Step)
	done(decided bool)
}

// tell goes through floods of which names may have been decided.
func tell(ctx context.Context, list []flood, named Named, all ...listener) {
	for _, f := range list {
		if ctx.Err() != nil {
			return
		}
		for _, l := range all {
			l.begin(f)
		}
		decided := named(f.id, f.signed, func(tx *mesh.Transmission, s naming.Step) {
			for _, l := range all {
				l.step(tx, s)
			}
		})
		for _, l := range all {
			l.done(decided)
		}
	}
}

// endOf is who is at an end of a step: where one relay alone fits the hop that is
// certain, whatever was decided before that was so.
func endOf(names index.Naming, e naming.End) (key meshcore.PublicKey, certain, ok bool) {
	if e.Hop.Width() == 0 {
		return e.Key, true, e.Named
	}
	if only, one := names.One(e.Hop); one {
		return only, true, true
	}
	return e.Key, false, e.Named
}

// sendings adds up the air of what is only believed to have been sent on. It is a
// listener.
type sendings struct {
	names  index.Naming
	preset meshcore.Preset
	air    map[meshcore.PublicKey]time.Duration // of sendings under hops that several relays fit, by who is named
	none   int64                                // floods of which nothing was decided

	flood flood
	width int                        // of its hops, bytes
	depth map[meshcore.PublicKey]int // by who sent it on by belief: the hops of the path then
}

func newSendings(names index.Naming, preset meshcore.Preset) *sendings {
	return &sendings{names: names, preset: preset, air: map[meshcore.PublicKey]time.Duration{}, depth: map[meshcore.PublicKey]int{}}
}

func (a *sendings) begin(f flood) {
	a.flood, a.width = f, 0
	clear(a.depth)
}

func (a *sendings) step(_ *mesh.Transmission, s naming.Step) {
	a.width = max(a.width, s.From.Hop.Width(), s.To.Hop.Width())
	if s.Observation >= 0 {
		return
	}
	if to, certain, ok := endOf(a.names, s.To); ok && !certain {
		if depth, known := a.depth[to]; !known || s.Depth < depth {
			a.depth[to] = s.Depth
		}
	}
}

func (a *sendings) done(decided bool) {
	if !decided {
		a.none++
	}
	for key, depth := range a.depth {
		a.air[key] += a.preset.Airtime(a.flood.bytes + depth*a.width)
	}
}
