package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
	"hilltop/ui/part"
)

const (
	leastKey    = 8  // digits of a beginning of a key
	packetsNode = 20 // packets of each kind on a node's page
	nearNodes   = 20 // nodes offered when a key is not one node's
)

// nodeView is the page of one node, of the beginning of a key that several
// share, or of one that no node has.
func (s *Server) nodeView(h held, r *http.Request) (view, error) {
	asked := r.PathValue("key")
	nodes, now := nodesOf(h), s.now(r)
	key, several := whichNode(nodes, strings.ToLower(asked), now)
	if len(several) > 0 {
		page := nodesAmbiguous(several, asked, now)
		return view{Title: page.Title, Section: "/nodes", Body: ui.NodeOffer(page)}, nil
	}
	d, ok := nodes.Node(key, packetsNode, now.UnixMilli())
	if !ok {
		page := nodeMissing(nodes.Near(asked, nearNodes, now.UnixMilli()), asked, now)
		if whole, err := meshcore.ParsePublicKey(strings.ToLower(asked)); err == nil {
			page.Star = &ui.Star{Key: whole.String(), On: prefsOf(r).starred(whole.String()), Back: r.URL.EscapedPath()}
		}
		return view{Title: page.Title, Section: "/nodes", Body: ui.NodeOffer(page), Status: http.StatusNotFound}, nil
	}
	judged := nodes.Health(d, h.Board, now.UnixMilli())
	page := nodePage(d, judged, s.Ring, now)
	page.Link, page.Short = nodeHref(key), "/nodes/"+nodes.Shortest(key, leastKey)
	if uri := contactURI(d.Node); uri != "" {
		page.Contact = &ui.Contact{URI: uri, Code: nodeHref(key) + "/contact.svg"}
	}
	page.StateWhy, page.Panels = patienceMeans(d, judged), nodePanels(nodes, d, judged, s.miles(r), now)
	page.DirectWait = awaited("The list of observers that heard it", s.Indexes.Links)
	page.RelayedWait = awaited("The list of packets that it relayed", s.Indexes.Relays)
	page.Links = linksHref(d.Node.Key)
	page.Star = &ui.Star{Key: key.String(), On: prefsOf(r).starred(key.String()), Back: r.URL.EscapedPath()}
	if r.Header.Get("X-Part") == "" && h.Relays != nil { // a page that brings itself up to date shows them as they were
		if err := s.nodePaths(r.Context(), h, key, &page, now); err != nil {
			return view{}, err
		}
	}
	if err := orderNode(&page, r); err != nil {
		return view{}, err
	}
	return view{Title: page.Name, Section: "/nodes", Body: ui.Node(page)}, nil
}

const pathsNode = 10 // paths on a node's page

// nodePaths fills in the paths through a node.
func (s *Server) nodePaths(ctx context.Context, h held, key meshcore.PublicKey, page *ui.NodePage, now time.Time) error {
	found, err := s.packetsOf(h).PathsThrough(ctx, key, pathsNode)
	if err != nil {
		return err
	}
	page.PathsSay = fmt.Sprintf("the latest %d of %s, by %s", len(found.Paths), plural(int64(found.PathsAll), "path", "paths"), plural(found.Transmissions, "packet", "packets"))
	for _, p := range found.Paths {
		row := ui.NodePath{Packets: countText(p.Count), Last: moment(p.Last, now), Sample: p.Sample.String()[:8], Href: packetHref(p.Sample)}
		for _, hop := range p.Hops {
			row.Hops = append(row.Hops, pathHop(h, hop, key))
		}
		page.Paths = append(page.Paths, row)
	}
	return nil
}

// pathHop names a hop that one node alone fits; the node of the page stands out
// and leads nowhere.
func pathHop(h held, hop meshcore.Hop, self meshcore.PublicKey) part.HopName {
	out := part.HopName{Hex: hop.String()}
	n, ok := h.Index.Nodes.NameHop(hop)
	if !ok {
		return out
	}
	out.Name, out.Sure, out.Why = nodeNamed(n).Text, "certain", "no other known key begins so"
	if n.Key == self {
		out.Sure = "self"
	} else {
		out.Href = nodeHref(n.Key)
	}
	return out
}

// whichNode finds the key that is meant: given whole, or the only one that
// begins so. Of several it gives them all.
func whichNode(nodes report.Nodes, asked string, now time.Time) (meshcore.PublicKey, []report.NodeRow) {
	if key, err := meshcore.ParsePublicKey(asked); err == nil {
		return key, nil
	}
	if len(asked) < leastKey || !isHex(asked) {
		return meshcore.PublicKey{}, nil
	}
	found := nodes.WithPrefix(asked, now.UnixMilli())
	switch len(found) {
	case 0:
		return meshcore.PublicKey{}, nil
	case 1:
		return found[0].Node.Key, nil
	}
	return meshcore.PublicKey{}, found
}

func nodesAmbiguous(several []report.NodeRow, asked string, now time.Time) ui.NodeChoice {
	p := ui.NodeChoice{
		Title: plural(int64(len(several)), "node", "nodes") + " have a key that begins so",
		Text:  "More digits tell them apart. Choose the one that is meant:",
		Asked: clean(asked, 80), List: "Nodes with this beginning",
	}
	for _, r := range several[:min(len(several), rowsMost)] {
		p.Rows = append(p.Rows, nodeLine(r, now))
	}
	return p
}

func nodeMissing(near []report.NodeRow, asked string, now time.Time) ui.NodeChoice {
	p := ui.NodeChoice{
		Title: "No such node", Asked: clean(asked, 80),
		Text: "No node with this key is known. A node appears with its first valid advert; until then its packets are kept without a name.",
		Ways: []part.Way{{Text: "All nodes", Href: "/nodes"}},
	}
	if len(asked) < leastKey || len(asked) > 64 || !isHex(asked) {
		p.Text = "A node's address ends in its key: 64 hex digits, or the first 8 or more of them."
	}
	if len(near) > 0 {
		p.List = "Perhaps one of these"
	}
	for _, r := range near {
		p.Rows = append(p.Rows, nodeLine(r, now))
	}
	return p
}
