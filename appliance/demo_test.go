package main

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
)

// pages are those that a new user opens.
var pages = map[string]string{
	"home": "/", "packets": "/packets", "nodes": "/nodes", "observers": "/observers",
	"traces": "/traces", "channels": "/channels", "tools": "/tools?hex=150011C3C1354D619BAE9590E4D177DB7EEAF982F5BDCF78005D75157D9535FA90178F785D", "system": "/system",
}

// demoPages gives the pages of a running simulated mesh, by name.
func demoPages(t *testing.T, p *process) map[string]string {
	t.Helper()
	paths := map[string]string{}
	for name, path := range pages {
		paths[name] = path
	}
	// Which is the first of a live list is chance.
	_, html := p.get("/packets?type=4")
	paths["packet"] = firstLink(t, html, "/packets/")
	paths["node"] = "/nodes/" + busiest(p).Key
	paths["links"] = paths["node"] + "/links"
	paths["observer"] = "/observers/" + url.PathEscape(mostHeard(p))
	paths["channel"] = "/channels/Public"
	for _, name := range []string{"paths", "identity", "graph", "traffic"} {
		paths["report-"+name] = "/reports/" + name
	}
	for _, name := range []string{"settings", "help", "style"} {
		paths[name] = "/" + name
	}
	paths["search"] = "/search?q=r"
	return paths
}

// startDemo runs a simulated mesh that has a past: all of it is there, and named as
// far as the report of paths tells of.
func startDemo(t *testing.T) *process {
	t.Helper()
	began := time.Now()
	p := start(t, startOptions{command: "demo"})
	p.ready()
	for have := -1; !p.isLive(began); { // the past comes first; a busy machine takes it in slowly
		p.await("more of the simulated past", func() bool { n := p.stats().TotalObservations; return n > have || p.isLive(began) })
		have = p.stats().TotalObservations
	}
	p.await("how right names are", func() bool { _, html := p.get("/reports/paths"); return strings.Contains(html, "\u00a0% right") })
	return p
}

// isLive tells that the newest packet was heard since a time.
func (p *process) isLive(since time.Time) bool {
	p.t.Helper()
	var answer struct {
		Packets []struct{ Timestamp time.Time }
	}
	return p.getJSON("/api/packets?limit=1", &answer) && len(answer.Packets) > 0 && answer.Packets[0].Timestamp.After(since)
}

// demoNode is a node of the simulated mesh.
type demoNode struct {
	Key    string `json:"public_key"`
	Name   string
	Relays int `json:"relay_count_24h"`
}

// busiest is the node that relays most, of those whose name is of plain letters
// and in no other node's.
func busiest(p *process) demoNode {
	p.t.Helper()
	var answer struct{ Nodes []demoNode }
	p.getJSON("/api/nodes?limit=2000", &answer)
	var best demoNode
	for _, n := range answer.Nodes {
		plain := !strings.ContainsFunc(n.Name, func(r rune) bool { return r > unicode.MaxASCII }) && len(n.Name) > 8
		if plain && n.Relays > best.Relays && !slices.ContainsFunc(answer.Nodes, func(o demoNode) bool { return o.Key != n.Key && strings.Contains(o.Name, n.Name) }) {
			best = n
		}
	}
	if best.Key == "" {
		p.t.Fatalf("none of %d nodes relays and has a name of its own", len(answer.Nodes))
	}
	return best
}

// mostHeard is the observer with the most receptions.
func mostHeard(p *process) string {
	p.t.Helper()
	var answer struct {
		Observers []struct {
			ID      string
			Packets int `json:"packet_count"`
		}
	}
	p.getJSON("/api/observers", &answer)
	if len(answer.Observers) == 0 {
		p.t.Fatal("there are no observers")
	}
	best := answer.Observers[0]
	for _, o := range answer.Observers {
		if o.Packets > best.Packets {
			best = o
		}
	}
	return best.ID
}

// firstLink is the first link of a page to a page below prefix.
func firstLink(t *testing.T, html, prefix string) string {
	t.Helper()
	for rest := html; ; {
		i := strings.Index(rest, `href="`+prefix)
		if i < 0 {
			t.Fatalf("no link to %s…", prefix)
		}
		rest = rest[i+6:]
		link := rest[:strings.IndexByte(rest, '"')]
		if len(link) > len(prefix) && !strings.Contains(link, "?") {
			return link
		}
	}
}
