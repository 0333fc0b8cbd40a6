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

// Surveyor surveys the mesh whenever an hour has closed, and again when
// something comes in late, such as the past of a recording.
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
	seen  int64 // observations in the latest survey's span; Run's own
	taken int64 // transmissions that were named then; likewise
	again int64 // hours that were named once more by then; likewise
	names int   // of scopes that were known then; likewise
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
	sources, traffic, ok := s.sources(ctx)
	if !ok {
		return
	}
	for {
		begin := time.Now()
		s.survey(ctx, sources, traffic)
		select {
		case <-time.After(max(look, rest*time.Since(begin))):
		case <-ctx.Done():
			return
		}
	}
}

// Settle surveys at once if a survey is due. Run must not be running.
func (s *Surveyor) Settle(ctx context.Context) {
	if sources, traffic, ok := s.sources(ctx); ok {
		s.survey(ctx, sources, traffic)
	}
}

func (s *Surveyor) sources(ctx context.Context) (Sources, *index.Traffic, bool) {
	st, err := s.Store.Wait(ctx)
	if err != nil {
		return Sources{}, nil, false
	}
	lists, err := s.Indexes.Lists.Wait(ctx)
	if err != nil {
		return Sources{}, nil, false
	}
	links, err := s.Indexes.Links.Wait(ctx)
	if err != nil {
		return Sources{}, nil, false
	}
	relays, err := s.Indexes.Relays.Wait(ctx)
	if err != nil {
		return Sources{}, nil, false
	}
	sources := Sources{Past: index.Of(st), Facts: st, Nodes: lists.Nodes, Links: links, Relays: relays}
	if s.Names != nil {
		names, err := s.Names.Wait(ctx)
		if err != nil {
			return Sources{}, nil, false
		}
		sources.Named, sources.taken = NamedBy(st, names), names.Taken
		sources.again, sources.past = names.Again, &past{}
		sources.held = func(from, to int64) (n int64) {
			for _, h := range lists.Traffic.Hours(from, to) {
				n += h.Observations
			}
			return n
		}
	}
	return sources, lists.Traffic, true
}

// NamedBy reads what was decided of the transmissions of a store.
func NamedBy(st *store.Store, names *naming.Names) Named {
	return func(id uint64, signed bool, f func(*mesh.Transmission, naming.Step)) bool {
		tx, ok := st.PacketByID(id)
		return ok && names.Steps(&tx, signed, func(s naming.Step) { f(&tx, s) })
	}
}

func (s *Surveyor) survey(ctx context.Context, sources Sources, traffic *index.Traffic) {
	now := s.Now()
	if now.IsZero() {
		return
	}
	to := due(now)
	var seen int64
	for _, h := range traffic.Hours(to-linkSpan, to) {
		seen += h.Observations
	}
	if s.Scopes != nil {
		sources.Scopes = s.Scopes()
	}
	taken, again := int64(0), int64(0)
	if sources.taken != nil {
		taken, again = sources.taken(), sources.again()
	}
	if b := s.Board(); b != nil && b.To == to && seen == s.seen && len(sources.Scopes) == s.names && again == s.again && (b.Unnamed() == 0 || taken == s.taken) {
		return
	}
	begin := time.Now()
	b, err := sources.Make(ctx, to)
	if err != nil {
		return // ctx is done
	}
	s.board.Store(b)
	s.seen, s.taken, s.again, s.names = seen, taken, again, len(sources.Scopes)
	s.Log.Debug("mesh surveyed", "until", time.UnixMilli(to).UTC(), "took", time.Since(begin).Round(time.Millisecond))
}
