package survey

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"hilltop/appliance/internal/gate"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/naming"
	"hilltop/appliance/internal/store"
)

// Surveyor surveys the mesh whenever an hour has closed, and again when what a survey
// of that hour follows from has changed, such as by the past of a recording: so one
// that is made after a restart is the one that was shown before.
type Surveyor struct {
	Store   *gate.Gate[store.Store]
	Indexes index.Gates
	Names   *gate.Gate[naming.Names] // nil: nothing is named
	Scopes  func() []string          // names that are tried on transport codes, in order; nil: none
	// Now is the time by which hours close: the machine's, or of a recording
	// where it stands. Zero: nothing was received yet.
	Now func() time.Time
	Log *slog.Logger

	board atomic.Pointer[Board]
	state state // of what the latest survey follows from; Run's own
}

// closing is how long after its end an hour is closed: copies of its last
// packets come in until then.
const closing = 10 * time.Minute

// The time is looked at every look; but where hours pass quickly, as in a
// recording, surveys take one part in rest of a core.
const (
	look = 5 * time.Second
	rest = 10
)

// Board is the latest survey; nil while there is none.
func (s *Surveyor) Board() *Board { return s.board.Load() }

// due is the start of the hour up to which a survey can be made, Unix ms.
func due(now time.Time) int64 {
	return floorHour(now.Add(-closing).UnixMilli())
}

func floorHour(ms int64) int64 { return ms - ms%hourMs }

// Run surveys until ctx is done. It waits for the indexes.
func (s *Surveyor) Run(ctx context.Context) {
	sources, ok := s.sources(ctx)
	if !ok {
		return
	}
	for {
		begin := time.Now()
		s.survey(ctx, sources)
		select {
		case <-time.After(max(look, rest*time.Since(begin))):
		case <-ctx.Done():
			return
		}
	}
}

// Settle surveys at once if a survey is due. Run must not be running.
func (s *Surveyor) Settle(ctx context.Context) {
	if sources, ok := s.sources(ctx); ok {
		s.survey(ctx, sources)
	}
}

func (s *Surveyor) sources(ctx context.Context) (Sources, bool) {
	st, err := s.Store.Wait(ctx)
	if err != nil {
		return Sources{}, false
	}
	lists, err := s.Indexes.Lists.Wait(ctx)
	if err != nil {
		return Sources{}, false
	}
	links, err := s.Indexes.Links.Wait(ctx)
	if err != nil {
		return Sources{}, false
	}
	relays, err := s.Indexes.Relays.Wait(ctx)
	if err != nil {
		return Sources{}, false
	}
	sources := Sources{Past: index.Of(st), Facts: st, Nodes: lists.Nodes, Links: links, Relays: relays, held: lists.Traffic.Stored, sums: hourSums{}}
	if s.Names != nil {
		names, err := s.Names.Wait(ctx)
		if err != nil {
			return Sources{}, false
		}
		sources.Named, sources.told = NamedBy(st, names), names.Told
		sources.again, sources.past = names.Again, &past{}
	}
	return sources, true
}

// NamedBy reads what was decided of the transmissions of a store.
func NamedBy(st *store.Store, names *naming.Names) Named {
	return func(id uint64, signed bool, f func(*mesh.Transmission, naming.Step)) bool {
		tx, ok := st.PacketByID(id)
		return ok && names.Steps(&tx, signed, func(s naming.Step) { f(&tx, s) })
	}
}

func (s *Surveyor) survey(ctx context.Context, sources Sources) {
	now := s.Now()
	if now.IsZero() {
		return
	}
	if s.Scopes != nil {
		sources.Scopes = s.Scopes()
	}
	to := due(now)
	state := sources.state(to)
	if s.Board() != nil && state == s.state {
		return
	}
	begin := time.Now()
	b, err := sources.Make(ctx, to)
	if err != nil {
		return // ctx is done
	}
	s.board.Store(b)
	s.state = state
	s.Log.Debug("mesh surveyed", "until", time.UnixMilli(to).UTC(), "took", time.Since(begin).Round(time.Millisecond))
}
