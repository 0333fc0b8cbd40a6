package web

import (
	"context"
	"net/http"
	"time"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/ui"
)

func (s *Server) homeRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", s.page(s.home))
}

const (
	homeObservers = 8
	homeMessages  = 6
	homeBusiest   = 6
)

// home is the page of the box and the mesh in one look. It is there whatever
// is still being loaded.
func (s *Server) home(r *http.Request) (view, error) {
	now := s.now(r)
	p := ui.HomePage{Title: s.SiteName}
	p.Feeds, p.NoFed = s.feeds(now)
	h, ok := s.held()
	switch {
	case !ok || h.Index == nil:
		wait := progress("What is known of the mesh", s.closedOf().State())
		p.Wait = &wait
	case h.Store.Counts().Observations == 0 && len(h.Store.Observers()) == 0:
		guide := s.guide(r, now)
		p.SetUp = &guide
	default:
		mesh, err := s.meshNow(r.Context(), h, now)
		if err != nil {
			return view{}, err
		}
		p.Mesh = homeMesh(mesh, now)
		p.Mesh.Stars = s.starRows(r, now)
		p.Mesh.RelaysWait = awaited("The list of relays", s.Indexes.Relays)
		p.Note = heldNote(h.Store.Counts().From, now)
		p.Box = s.boxFacts(h, now)
	}
	v := view{Title: s.SiteName, Section: "/", Body: ui.Home(p)}
	if p.SetUp != nil {
		v.Refresh = "10"
	}
	return v, nil
}

// meshNow is what home shows of the mesh.
type meshNow struct {
	Day       report.Traffic
	Hour      []int64 // receptions by minute
	Roles     []report.RoleCount
	Observers report.ObserverList
	Messages  []report.HeardText
	Relays    []report.RelayRow // none while they are being counted
	Channels  []index.ChannelCount
	Gaps      []mesh.Gap // of the last day
}

// meshNow asks for all of it.
func (s *Server) meshNow(ctx context.Context, h held, now time.Time) (m meshNow, err error) {
	m = meshNow{
		Roles: nodesOf(h).Roles(now),
		Observers: s.observersOf(h).List(report.ObserverQuery{
			Sort: report.ObserversByDay, Limit: homeObservers, Now: now.UnixMilli(),
		}),
		Relays:   nodesOf(h).BusiestRelays(24*time.Hour, now, homeBusiest),
		Channels: report.BusiestChannels(h.Index.Channels, 24*time.Hour, now, homeBusiest),
		Gaps:     h.Store.Gaps(now.Add(-25*time.Hour).UnixMilli(), now.UnixMilli()+1),
	}
	for _, minute := range report.LastHour(h.Index.Traffic, now) {
		m.Hour = append(m.Hour, minute.Observations)
	}
	if m.Messages, err = s.channelsOf(h).Latest(ctx, homeMessages); err != nil {
		return m, err
	}
	m.Day, err = report.LastDay(ctx, h.Store, h.Index.Traffic, now)
	return m, err
}
