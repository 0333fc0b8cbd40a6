package web

import (
	"cmp"
	"regexp"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/appliance/internal/survey"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
)

// along is a flood with these hops that an observer heard.
func (w *world) along(n int, by mesh.Observer, at int64, keys ...meshcore.PublicKey) meshcore.Packet {
	w.t.Helper()
	p := w.text("Public", n, "Ann", "hello")
	for _, key := range keys {
		var ok bool
		if p, ok = p.Relayed(key); !ok {
			w.t.Fatal("not relayed")
		}
	}
	p.Header = byte(p.Type)<<2 | byte(p.Route)
	w.hear(p, by, at, -12)
	return p
}

// linked is a world in which Ridge hears Knoll and is heard by it and by the
// observer Roof, is heard by Pass, and shares no hop.
func linked(t *testing.T) (w *world, ridge mesh.Node) {
	w = newWorld(t)
	ridge = w.node("a101", "Ridge", meshcore.RoleRepeater, w.ago(time.Hour))
	knoll := w.node("b202", "Knoll", meshcore.RoleRepeater, w.ago(time.Hour))
	pass := w.node("c303", "Pass", meshcore.RoleRepeater, w.ago(time.Hour))
	roof := w.observer(strings.Repeat("AB", 32), "Roof", "SEA")
	for i := range 50 {
		at := w.ago(time.Duration(i+1) * time.Minute)
		w.along(i, roof, at, knoll.Key, ridge.Key)
		w.along(100+i, roof, at, ridge.Key, knoll.Key)
	}
	w.along(200, roof, w.ago(time.Minute), ridge.Key, pass.Key)
	return w, ridge
}

// rowOf gives the cells of a row of a page's table, by what stands in it.
func rowOf(t *testing.T, body, table, text string) []string {
	t.Helper()
	_, rest, ok := strings.Cut(asRead(body), `id="`+table+`"`)
	rest, _, _ = strings.Cut(rest, "</table>")
	for _, row := range regexp.MustCompile(`(?s)<tr>.*?</tr>`).FindAllString(rest, -1) {
		if ok && strings.Contains(row, text) {
			var cells []string
			for _, c := range regexp.MustCompile(`(?s)<td.*?</td>`).FindAllString(row, -1) {
				cells = append(cells, strings.TrimSpace(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(c, "")))
			}
			return cells
		}
	}
	t.Fatalf("no row of %s in table %s", text, table)
	return nil
}

func TestLinksOfANode(t *testing.T) {
	w, ridge := linked(t)
	w.open()
	path := "/nodes/" + ridge.Key.String() + "/links"
	w.has("/nodes/"+ridge.Key.String(), 200, `href="`+path+`"`)
	body := w.has(path, 200, "Ridge", "Knoll", "Pass", "Roof", "not counted yet", "!Why little is certain", "!Not believed")
	for name, want := range map[string][]string{
		"Knoll": {"repeater", "●●● strong", "50", "50", "50", "1 B: 100", "—"},
		"Pass":  {"repeater", "○ they hear it", "—", "1", "—", "1 B: 1", "—"},
		"Roof":  {"observer", "○ they hear it", "—", "50", "—", "1 B: 50", "−3.0 dB there"},
	} {
		if got := rowOf(t, body, "certain-links", name)[1:8]; strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	w.has(path+"?w=24h", 200, "Knoll")
	w.has(path+"?dir=two", 200, "Knoll", "!Pass", "2 links are hidden by filters, 2 of them in one direction only")
	w.has(path+"?dir=out&minobs=3", 200, "Knoll", "Roof", "!Pass")
	w.has(path+"?hb=2", 200, "0 of 3 certain links", "All links", "!Pass")
	w.has("/nodes/"+strings.ToUpper(ridge.Key.String()[:8])+"/links", 200, "Knoll")
	w.has("/nodes/ffffffffff/links", 404, "No node with this key is known")
	for _, wrong := range []string{"?dir=up", "?w=2h", "?hb=4", "?minobs=-1"} {
		w.has(path+wrong, 400, "makes no sense")
	}
}

// Strength is by the day, of the time that is held and within the window.
func TestStrengthIsByTheDay(t *testing.T) {
	now := time.Date(2026, 5, 8, 0, 0, 0, 0, time.UTC)
	day := func(n int64) int64 { return now.UnixMilli() - n*86_400_000 }
	for _, c := range []struct {
		window  string
		held    int64 // days
		in, out int64
		want    string
	}{
		{"7d", 30, 280, 300, "●●● strong"}, {"7d", 30, 279, 300, "●● medium"}, {"7d", 30, 104, 300, "● weak"}, {"30d", 30, 280, 300, "● weak"},
		{"7d", 1, 40, 40, "●●● strong"}, {"7d", 0, 9, 9, "●● medium"}, {"7d", 30, 0, 5000, "○ they hear it"}, {"7d", 30, 1, 0, "○ it hears them"},
	} {
		w := linkWords{q: linksQuery{Window: c.window}, now: now, held: day(c.held)}
		if got := w.strength(report.Neighbour{In: report.Heard{Count: c.in}, Out: report.Heard{Count: c.out}}); got != c.want {
			t.Errorf("%+v: got %q", c, got)
		}
	}
}

// A direct packet's path is still to go: nobody on it was heard.
func TestDirectPathsAreNoLinks(t *testing.T) {
	w, ridge := linked(t)
	for _, route := range []meshcore.Route{meshcore.Direct, meshcore.TransportDirect} {
		p := w.text("Public", 300+int(route), "Ann", "hello")
		p.Route, p.PathLen, p.PathBytes = route, 2, []byte{0xc3, 0xa1}
		p.Header = byte(p.Type)<<2 | byte(p.Route)
		w.hear(p, w.observer("FAR", "Far observer", ""), w.ago(time.Minute), 4)
	}
	w.open()
	body := w.has("/nodes/"+ridge.Key.String()+"/links", 200, "!Far observer")
	if got := rowOf(t, body, "certain-links", "Pass"); got[3] != "—" || got[4] != "1" {
		t.Errorf("a planned hop was taken for one that was heard: %q", got)
	}
}

func TestLinksOfANodeThatSharesItsHop(t *testing.T) {
	w, ridge := linked(t)
	w.node("a1ff", "Twin", meshcore.RoleRepeater, w.ago(time.Hour))
	w.open()
	w.has("/nodes/"+ridge.Key.String()+"/links", 200, "Why little is certain", "Only hops of 2 B or more are its own", "1 relay has the hop A1 too", "Twin", "!Knoll")
	same := w.node("a10100ee", "Same", meshcore.RoleRepeater, w.ago(time.Hour))
	w.open()
	w.has("/nodes/"+same.Key.String()+"/links", 200, "It has no hop of its own", "Nothing is certain: no hop is this node", "Ridge")
	companion := w.node("dd", "Pocket", meshcore.RoleCompanion, w.ago(time.Hour))
	w.open()
	w.has("/nodes/"+companion.Key.String()+"/links", 200, "It is not known to relay", "Nobody was heard to receive it directly")
}

func TestLinksThatCannotBe(t *testing.T) {
	w, ridge := linked(t)
	for key, lat := range map[string]int32{"a101": 47_000_000, "b202": 47_100_000, "c303": 52_000_000} {
		n := w.node(key, map[string]string{"a101": "Ridge", "b202": "Knoll", "c303": "Pass"}[key], meshcore.RoleRepeater, w.ago(time.Hour))
		n.HasPosition, n.LatE6, n.LonE6 = true, lat, -122_000_000
		w.st.PutNode(n)
	}
	w.open()
	body := w.has("/nodes/"+ridge.Key.String()+"/links", 200, "Not believed")
	got := rowOf(t, body, "impossible-links", "Pass")
	if why := got[len(got)-1]; got[8] != "556 km" || !strings.Contains(why, "both names are certain, so one of the positions is wrong") {
		t.Errorf("got %q", got)
	}
	if got := rowOf(t, body, "certain-links", "Knoll"); got[8] != "11.1 km" {
		t.Errorf("got %q", got)
	}
	if strings.Count(body, "Pass") != 1 {
		t.Error("a link that cannot be is among the others too")
	}
}

func TestLinksWhileTheirIndexIsBuilt(t *testing.T) {
	w, ridge := linked(t)
	w.open()
	closed := newBench(t, func(*Options) {})
	closed.s.Indexes.Lists.Set(value(t, w.index.Lists))
	closed.store.Set(w.st)
	closed.s.Indexes.Links.Progress(3, 4)
	body := closed.get("/nodes/" + ridge.Key.String() + "/links").Body.String()
	for _, want := range []string{"The list of links is being prepared", "75 %", "Ridge"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(body, "Knoll") || strings.Contains(body, "Both ways") {
		t.Error("the page shows links that are not counted yet")
	}
}

// What a simulated mesh's page of links says is what the report says, and every
// believed link has an end that is not certain.
func TestBelievedLinksOnThePage(t *testing.T) {
	w, x := named(t)
	w.day = w.surveyNamed(x)
	h, _ := w.s.held()
	rows := 0
	for _, n := range w.st.Nodes() {
		if n.FirstAdvert == 0 {
			continue
		}
		l := nodesOf(h).LinksOf(n, report.LinkQuery{From: 0, To: 1 << 60}, w.day)
		if len(l.Believed) == 0 {
			continue
		}
		body := w.get(linksHref(n.Key)).Body.String()
		for _, b := range l.Believed {
			named, _ := neighbourNamed(b)
			if got := rowOf(t, body, "believed-links", named.Hint); got[3] != cellOr(countCell(b.In.Count)) || got[4] != cellOr(countCell(b.Out.Count)) {
				t.Errorf("got %q, want %+v", got, b)
			}
			rows++
		}
		if rows > 60 {
			return
		}
	}
	t.Fatalf("%d believed links: the test shows little", rows)
}

func cellOr(c ui.Cell) string { return cmp.Or(c.Text, dash) }

// A position that cannot be right is marked in the list, on the page of the
// node with the reason, and in the API; it is dropped nowhere.
func TestDoubtedPositionsAreMarked(t *testing.T) {
	w := newWorld(t)
	for i := range 10 {
		n := w.node("c"+string(rune('0'+i)), name(i), meshcore.RoleRepeater, w.ago(time.Hour))
		n.HasPosition, n.LatE6, n.LonE6 = true, 47_000_000+int32(i)*10_000, -122_000_000
		if i == 9 {
			n.LatE6 = -47_000_000
		}
		w.st.PutNode(n)
	}
	var board *survey.Board
	w.s.Survey = func() *survey.Board { return board }
	w.open()
	if body := w.has("/nodes", 200, name(9)); strings.Contains(body, ">doubted<") {
		t.Error("doubted before anything was surveyed")
	}
	lists, links := value(t, w.index.Lists), value(t, w.index.Links)
	var err error
	if board, err = (survey.Sources{Past: index.Of(w.st), Facts: w.st, Nodes: lists.Nodes, Links: links}).Make(t.Context(), w.now.UnixMilli()/3_600_000*3_600_000); err != nil {
		t.Fatal(err)
	}
	body := w.has("/nodes", 200, name(9))
	if n := strings.Count(body, ">doubted<"); n != 1 || strings.Count(body, "no other node with a position is within 400 km") != 2 {
		t.Errorf("%d positions are marked as doubted", n)
	}
	w.has("/nodes/c9"+strings.Repeat("0", 62), 200, "−47.00000, −122.00000", "doubted: no other node with a position is within 400 km")
	w.has("/nodes/c1"+strings.Repeat("0", 62), 200, "degrees north, east", "!doubted:")
	if body := w.get("/api/nodes?search=009").Body.String(); !strings.Contains(body, `"lat":-47`) || !strings.Contains(body, `"position_doubt":"far from everyone"`) {
		t.Errorf("got %s", body)
	}
}
