package web

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/appliance/internal/survey"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
	"hilltop/ui/part"
)

// reportRoutes are the reports about the mesh as the latest survey saw it.
func (s *Server) reportRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /reports/identity", s.withIndex("Hops that clash", "/system", s.identityReport))
	mux.HandleFunc("GET /reports/graph", s.withIndex("What relays are worth", "/system", s.graphReport))
	mux.HandleFunc("GET /reports/traffic", s.withIndex("Air and scopes", "/system", s.trafficReport))
}

// reportWords words what a survey says.
type reportWords struct {
	nodes report.Nodes
	board *survey.Board
	now   time.Time
	miles bool
}

func (s *Server) reportWords(h held, r *http.Request) reportWords {
	return reportWords{nodesOf(h), h.Board, s.now(r), s.miles(r)}
}

// view is the page of a report that may have these tables.
func (w reportWords) view(p ui.ReportPage, r *http.Request, href string, tables ...string) (view, error) {
	orders, err := readTableOrders(r, href == "/reports/graph", tables...)
	if err == nil {
		own := []string{"sort", "prefix", "near"}
		if p.Pick != nil && slices.Contains(surveySpanWords(), r.URL.Query().Get("w")) {
			own = append(own, "w")
		}
		p.Chips, err = unfiltered(r, href, own...)
	}
	if err == nil {
		err = orders.orderPanels(p.Panels)
	}
	if err != nil {
		return view{}, err
	}
	p.Others = ui.ReportLinks(href)
	if p.Pick == nil { // else each panel says its own
		p.Note = asOf(w.board, w.now)
	}
	if w.board == nil {
		for i := range p.Panels {
			if len(p.Panels[i].Tables)+len(p.Panels[i].Facts) == 0 {
				p.Panels[i].Says = []string{unsurveyed}
			}
		}
	}
	return view{Title: p.Title, Section: "/system", Body: ui.Report(p)}, nil
}

// unfiltered are chips of the filters of other pages: reports are about all of the
// mesh, over a span of their own. What is the page's own is no such filter, and kept.
func unfiltered(r *http.Request, path string, own ...string) ([]part.Chip, error) {
	v, kept := r.URL.Query(), url.Values{}
	for _, name := range own {
		if len(v[name]) > 0 {
			kept[name] = v[name]
		}
		v.Del(name)
	}
	f, err := readFilter(v, nil)
	if err != nil {
		return nil, err
	}
	return f.chips(filterSay{}, func(f filter) string {
		at := maps.Clone(kept)
		f.write(at)
		return address(path, at)
	}), nil
}

// named is a node as a cell.
func (w reportWords) named(key meshcore.PublicKey) ui.Cell {
	n, ok := w.nodes.Store.Node(key)
	if !ok {
		return ui.Cell{Code: key.String()[:8]}
	}
	named := nodeNamed(n)
	return ui.Cell{Named: &named}
}

// rowsShown is how many rows a table of a report has.
const rowsShown = 100

// identityReport is about hops that several relays have.
func (s *Server) identityReport(h held, r *http.Request) (view, error) {
	w := s.reportWords(h, r)
	prefix, near := strings.TrimSpace(r.URL.Query().Get("prefix")), strings.TrimSpace(r.URL.Query().Get("near"))
	if err := checkPrefix(prefix); err != nil {
		return view{}, err
	}
	p := ui.ReportPage{Title: "Hops that clash", Ask: &ui.Asking{Action: "/reports/identity", Button: "Look", Fields: []ui.AskField{
		{Name: "prefix", Label: "Check a prefix or key", Hint: "A3F1", Value: clean(prefix, 80)},
		{Name: "near", Label: "Free prefixes near", Hint: "key, or 47.61, -122.33", Value: clean(near, 80)},
	}}}
	if prefix != "" {
		p.Panels = append(p.Panels, w.prefixPanel(prefix))
	}
	if near != "" {
		place, ok := w.placeOf(near)
		if !ok {
			p.Ask.Error = "No place: want degrees north and east, or the key of a node whose position is believed."
		} else if w.board != nil {
			p.Panels = append(p.Panels, w.freePanel(place))
		}
	}
	p.Panels = append(p.Panels, w.widthPanel(), w.clashesPanel(), w.flappingPanel())
	return w.view(p, r, "/reports/identity", "prefix-1", "prefix-2", "prefix-3", "prefix-others", "free-1", "free-2", "width-table", "clashes-1", "clashes-2", "clashes-3", "flapping-table")
}

func checkPrefix(prefix string) error {
	if prefix != "" && (len(prefix) < 2 || len(prefix) > 64 || len(prefix)%2 != 0 || !isHex(prefix)) {
		return wrong("prefix", "%q is no prefix: 2 to 64 hex digits, an even number", clean(prefix, 80))
	}
	return nil
}

// placeOf reads a place: degrees north and east, or a node that has a believed
// one.
func (w reportWords) placeOf(text string) (p mesh.Place, ok bool) {
	if parts := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }); len(parts) == 2 {
		lat, latErr := strconv.ParseFloat(parts[0], 64)
		lon, lonErr := strconv.ParseFloat(parts[1], 64)
		if latErr == nil && lonErr == nil && lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180 {
			return mesh.Place{LatE6: int32(lat * 1e6), LonE6: int32(lon * 1e6)}, true
		}
	}
	key, several := whichNode(w.nodes, strings.ToLower(text), w.now)
	row, known := w.nodes.Row(report.NodeQuery{Now: w.now.UnixMilli()}, key)
	if len(several) > 0 || !known || !row.Node.HasPosition || row.Doubt != health.Believed {
		return p, false
	}
	return mesh.Place{LatE6: row.Node.LatE6, LonE6: row.Node.LonE6}, true
}

// prefixPanel tells which relays have the hops of a key that begins so.
func (w reportWords) prefixPanel(prefix string) ui.Panel {
	p := ui.Panel{ID: "prefix", Title: "Who has " + strings.ToUpper(clean(prefix[:min(6, len(prefix))], 6)), Note: "relays known now, whatever the width of their own packets"}
	if first := strings.ToUpper(prefix[:2]); first == "00" || first == "FF" {
		p.Says = append(p.Says, "Keys that begin with 00 or FF are reserved by the firmware's tools.")
	}
	for width := 1; width <= min(3, len(prefix)/2); width++ {
		hop, err := meshcore.ParseHop(prefix[:2*width])
		if err != nil {
			continue
		}
		relays := w.nodes.Fitting(hop)
		t := ui.PanelTable{ID: fmt.Sprintf("prefix-%d", width), Caption: fmt.Sprintf("%s as a hop of %d B: %s", hop, width, plural(int64(len(relays)), "relay", "relays")),
			Columns: []part.Column{{Label: "Relay"}, {Label: "Key"}}, None: fmt.Sprintf("No relay has %s as a hop of %d B.", hop, width)}
		for _, n := range relays[:min(len(relays), rowsShown)] {
			t.Rows = append(t.Rows, []ui.Cell{w.named(n.Key), {Code: n.Key.String()[:16]}})
		}
		p.Tables = append(p.Tables, t)
	}
	p.Tables = append(p.Tables, w.othersTable(prefix))
	return p
}

// othersTable lists the nodes that do not relay whose keys begin so: they are no
// hops, but a packet may be from one of them, or to it.
func (w reportWords) othersTable(prefix string) ui.PanelTable {
	others := w.nodes.Others(prefix)
	t := ui.PanelTable{ID: "prefix-others", Caption: fmt.Sprintf("Keys of nodes that do not relay and begin with %s: %s", strings.ToUpper(prefix), countText(int64(len(others)))),
		Columns: []part.Column{{Label: "Node"}, {Label: "Role"}, {Label: "Key"}}, None: "No node that does not relay has a key that begins so."}
	for _, n := range others[:min(len(others), rowsShown)] {
		t.Rows = append(t.Rows, []ui.Cell{w.named(n.Key), {Text: n.Role.String()}, {Code: n.Key.String()[:16]}})
	}
	return t
}

// freePanel lists beginnings of keys that are free around a place.
func (w reportWords) freePanel(place mesh.Place) ui.Panel {
	p := ui.Panel{ID: "free", Title: "Free prefixes there", Note: "no relay within " + lengthText(health.NearKM, w.miles) + " has them, nor one whose place is not known"}
	for width := 1; width <= 2; width++ {
		t := ui.PanelTable{ID: fmt.Sprintf("free-%d", width), Caption: fmt.Sprintf("%d B", width), Columns: []part.Column{{Label: "Prefix"}, {Label: "Nearest relay that has it", Numeric: true}},
			None: fmt.Sprintf("No prefix of %d B is free there.", width)}
		for _, f := range health.FreeHops(w.board.Relays, place, width, 16) {
			text := "nobody has it"
			if km := lengthText(f.KM, w.miles); f.KM < 1e6 {
				text = km
			}
			t.Rows = append(t.Rows, []ui.Cell{{Code: f.Hop.String()}, ranked(text, f.KM)})
		}
		p.Tables = append(p.Tables, t)
	}
	return p
}

// widthPanel sums hops up by width.
func (w reportWords) widthPanel() ui.Panel {
	p := ui.Panel{ID: "widths", Title: "Hops by width"}
	if w.board == nil {
		return p
	}
	t := ui.PanelTable{ID: "width-table", Caption: "Relays and their hops", Columns: []part.Column{{Label: "Width"}, {Label: "Possible", Numeric: true}, {Label: "In use", Numeric: true},
		{Label: "Shared", Numeric: true}, {Label: "Shared where it matters", Numeric: true}, {Label: "Relays that use it", Numeric: true}}}
	for width := 1; width <= 3; width++ {
		taken, sending, matters := map[meshcore.Hop]bool{}, 0, 0
		for _, r := range w.board.Relays {
			taken[r.Key.Hop(width)] = true
			if int(r.Width) == width {
				sending++
			}
		}
		for _, c := range w.board.Collisions[width] {
			if c.Matters() {
				matters++
			}
		}
		t.Rows = append(t.Rows, []ui.Cell{{Text: fmt.Sprintf("%d B", width)}, {Text: countText(1 << (8 * width))}, {Text: countText(int64(len(taken)))},
			{Text: countText(int64(len(w.board.Collisions[width])))}, {Text: countText(int64(matters))}, {Text: countText(int64(sending))}})
	}
	p.Tables = []ui.PanelTable{t}
	p.Says = []string{"A packet says how wide its hops are, and every relay puts as much of its key there: so all relays clash at each width, whatever their own packets have. A clash matters where somebody hears both, or where they are within " + lengthText(health.NearKM, w.miles) + "."}
	return p
}

// clashesPanel lists the clashes, those that matter first.
func (w reportWords) clashesPanel() ui.Panel {
	p := ui.Panel{ID: "clashes", Title: "Clashes", Note: "those that matter first"}
	if w.board == nil {
		return p
	}
	for width := 1; width <= 3; width++ {
		all := w.board.Collisions[width]
		t := ui.PanelTable{ID: fmt.Sprintf("clashes-%d", width), Caption: fmt.Sprintf("Hops of %d B: %s", width, plural(int64(len(all)), "clash", "clashes")),
			Columns: []part.Column{{Label: "Hop"}, {Label: "Relays", Numeric: true}, {Label: "Nearness"}, {Label: "Nearest", Numeric: true}, {Label: "One of them"}, {Label: "Another"}},
			None:    fmt.Sprintf("No two relays have the same hop of %d B.", width), Most: rowsShown}
		for _, c := range all {
			t.Rows = append(t.Rows, []ui.Cell{{Code: c.Hop.String(), Href: "/reports/identity?prefix=" + c.Hop.String()}, {Text: countText(int64(len(c.Relays)))},
				{Text: nearnessText(c.Nearest, w.miles)}, ranked(lengthText(c.KM, w.miles), c.KM), w.named(c.Relays[0]), w.named(c.Relays[1])})
		}
		p.Tables = append(p.Tables, t)
	}
	return p
}

// flappingPanel lists the nodes whose hop width goes back and forth.
func (w reportWords) flappingPanel() ui.Panel {
	p := ui.Panel{ID: "flapping", Title: "Widths that go back and forth", Note: "adverts of 7 days, nodes of any role"}
	t := ui.PanelTable{ID: "flapping-table", Caption: "Nodes", Columns: []part.Column{{Label: "Node"}, {Label: "Role"}, {Label: "Latest"}, {Label: "Seen"}, {Label: "Adverts", Numeric: true}},
		None: "No node's width goes back and forth."}
	widths := w.nodes.Index.Widths(w.now.UnixMilli())
	var keys []meshcore.PublicKey
	for key, x := range widths {
		if x.Flapping {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b meshcore.PublicKey) int { return slices.Compare(a[:], b[:]) })
	for _, key := range keys {
		n, _ := w.nodes.Store.Node(key)
		x := widths[key]
		var seen []string
		for _, width := range x.Seen {
			seen = append(seen, hopWidthText(uint8(width)))
		}
		t.Rows = append(t.Rows, []ui.Cell{w.named(key), {Text: roleMark(n.Role).Word}, {Text: hopWidthText(uint8(x.Latest))}, {Text: strings.Join(seen, ", ")}, {Text: countText(int64(x.Floods))}})
	}
	p.Tables = []ui.PanelTable{t}
	p.Says = []string{"Two settings that follow one another, or two nodes with one key."}
	return p
}
