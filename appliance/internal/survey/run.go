package survey

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"hilltop/appliance/internal/gate"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/store"
)

// Surveyor surveys the mesh whenever an hour has closed.
type Surveyor struct {
	Store   *gate.Gate[store.Store]
	Indexes index.Gates
	Scopes  []string
	// Now is the time by which hours close: the machine's, or of a recording
	// where it stands. Zero: nothing was received yet.
	Now func() time.Time
	Log *slog.Logger

	board atomic.Pointer[Board]
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
	return Sources{Past: index.Of(st), Facts: st, Nodes: lists.Nodes, Links: links, Scopes: s.Scopes}, true
}

func (s *Surveyor) survey(ctx context.Context, sources Sources) {
	now := s.Now()
	if now.IsZero() {
		return
	}
	to := due(now)
	if b := s.Board(); b != nil && b.To == to {
		return
	}
	begin := time.Now()
	b, err := sources.Make(ctx, to)
	if err != nil {
		return // ctx is done
	}
	s.board.Store(b)
	s.Log.Debug("mesh surveyed", "until", time.UnixMilli(to).UTC(), "took", time.Since(begin).Round(time.Millisecond))
}
