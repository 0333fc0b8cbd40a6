package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/ui"
)

func (s *Server) searchRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /search", s.page(s.search))
}

const (
	searchLimit = 64 // characters asked for
	searchRows  = 6  // of each kind
	searchHash  = 4  // digits from which on a hash is looked for
)

// search finds anything by a name, a key or a hash. No filter of any page
// counts here.
func (s *Server) search(r *http.Request) (view, error) {
	asked := strings.TrimSpace(clean(r.URL.Query().Get("q"), searchLimit))
	p := ui.SearchPage{Asked: asked}
	if asked != "" {
		p.Groups = foundPages(asked)
		h, ok := s.held()
		if ok && h.Index != nil {
			p.Groups = append(s.foundThings(r.Context(), h, asked, s.now(r)), p.Groups...)
		} else {
			p.Note = "nodes, packets and channels are still being loaded: " + gateText(s.closedOf().State())
		}
	}
	return view{Title: "Find anything", Body: ui.SearchResults(p), Sought: asked}, nil
}

// foundThings asks for each kind of thing by name or beginning.
func (s *Server) foundThings(ctx context.Context, h held, asked string, now time.Time) (groups []ui.FoundGroup) {
	add := func(g ui.FoundGroup) {
		if len(g.Rows) > 0 {
			groups = append(groups, g)
		}
	}
	q := url.Values{"q": {asked}}.Encode()
	nodes := nodesOf(h).List(report.NodeQuery{Text: asked, Sort: report.NodesByHeard, Limit: searchRows, Now: now.UnixMilli()})
	found := ui.FoundGroup{Title: "Nodes"}
	for _, n := range nodes.Rows {
		name := nodeNamed(n.Node)
		found.Rows = append(found.Rows, ui.Found{Text: name.Text, Code: name.Code, Href: name.Href, Note: roleMark(n.Node.Role).Word + " · " + n.Node.Key.String()[:8] + " · " + string(n.State)})
	}
	if nodes.Matching > len(found.Rows) {
		found.More, found.Href = "All "+countText(int64(nodes.Matching))+" nodes", "/nodes?"+q
	}
	add(found)

	found = ui.FoundGroup{Title: "Observers"}
	observers := s.observersOf(h).List(report.ObserverQuery{Text: asked, Sort: report.ObserversByDay, Limit: searchRows, Now: now.UnixMilli()})
	for _, o := range observers.Rows {
		name := observerNamed(o.Observer)
		found.Rows = append(found.Rows, ui.Found{Text: name.Text, Code: name.Code, Href: name.Href, Note: strings.Trim(clean(o.Region, 12)+" · "+idMatch(o.Observer, asked)+string(o.Stats.State), " ·")})
	}
	if observers.Matching > len(found.Rows) {
		found.More, found.Href = "All "+countText(int64(observers.Matching))+" observers", "/observers?"+q
	}
	add(found)

	found = ui.FoundGroup{Title: "Channels"}
	for _, c := range s.channelsOf(h).Called(asked, searchRows) {
		found.Rows = append(found.Rows, ui.Found{Text: clean(c.Name, nameLimit), Href: channelHref(c.Name), Note: countText(c.Messages) + " messages"})
	}
	add(found)

	found = ui.FoundGroup{Title: "Messages"}
	texts, _ := s.channelsOf(h).Said(ctx, report.TextSearch{Words: index.Words(asked), Limit: searchRows}) // fails only when the client has gone
	for _, m := range texts.Rows {
		said := strings.TrimPrefix(clean(m.Sender, nameLimit)+": ", ": ") + clean(m.Text, textShown)
		found.Rows = append(found.Rows, ui.Found{Text: said, Href: aroundHref(m), Note: clean(m.Channel, nameLimit), When: moment(m.First, now)})
	}
	if texts.Total > len(found.Rows) {
		found.More, found.Href = "All "+countText(int64(texts.Total))+" messages", "/channels?"+q
	}
	add(found)

	found = ui.FoundGroup{Title: "Packets"}
	if hash := strings.ToLower(asked); len(hash) >= searchHash && len(hash) <= 16 && isHex(hash) {
		list, _ := s.packetsOf(h).List(ctx, report.PacketQuery{PacketSearch: report.PacketSearch{Hash: hash, Limit: searchRows}}) // fails only when the client has gone
		for _, x := range list.Rows {
			found.Rows = append(found.Rows, ui.Found{Text: x.Hash.String(), Code: true, Href: packetHref(x.Hash), Note: packetType(x.Type).Word, When: moment(x.First, now)})
		}
		if list.More || list.Matching > len(found.Rows) {
			found.More, found.Href = "All of them", "/packets?"+url.Values{"hash": {hash}}.Encode()
		}
	}
	add(found)
	return groups
}

// idMatch is the part of an observer's id in which the text asked for stands,
// and a separator; "" if the name that is shown has it.
func idMatch(o mesh.Observer, asked string) string {
	asked = strings.ToLower(asked)
	name, id := strings.ToLower(o.Name), strings.ToLower(o.ID)
	at := strings.Index(id, asked)
	if asked == "" || strings.TrimSpace(name) == "" || strings.Contains(name, asked) || at < 0 {
		return ""
	}
	if at+len(asked) <= idShown || len(id) != len(o.ID) { // in other lengths of case the place is not known
		return shortID(o.ID) + " · "
	}
	return "…" + clean(o.ID[at:], max(idShown, len(asked))) + " · "
}

const idShown = 8 // characters of an id beside a name

// shortID is the beginning of an observer's id, by which people know it.
func shortID(id string) string {
	if short := clean(id, idShown); short != "" {
		return short
	}
	return dash
}

// foundPages are the pages and words of help that are called so.
func foundPages(asked string) (groups []ui.FoundGroup) {
	asked = strings.ToLower(asked)
	pages := ui.FoundGroup{Title: "Pages"}
	for _, p := range ui.Pages() {
		if strings.Contains(strings.ToLower(p.Label), asked) {
			pages.Rows = append(pages.Rows, ui.Found{Text: p.Label, Href: p.Href})
		}
	}
	words := ui.FoundGroup{Title: "Help"}
	for _, t := range ui.Terms() {
		if strings.HasPrefix(strings.ToLower(t.Word), asked) && len(words.Rows) < searchRows {
			words.Rows = append(words.Rows, ui.Found{Text: t.Word, Href: "/help#" + t.ID, Note: t.Means})
		}
	}
	for _, g := range []ui.FoundGroup{pages, words} {
		if len(g.Rows) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}
