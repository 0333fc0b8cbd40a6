package survey

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"testing"
	"time"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

const start = int64(495_000) * hourMs // of the first hour of a day

// world is what a store would hold.
type world struct {
	hours     map[uint32][]mesh.Scanned
	nodes     []mesh.Node
	observers []mesh.Observer
	next      uint64
}

func (w *world) Hours() (list []uint32) {
	for h := range w.hours {
		list = append(list, h)
	}
	slices.Sort(list)
	slices.Reverse(list)
	return list
}

type pick []mesh.Scanned

func (p pick) Seq() uint64 { return 1 }
func (p pick) Each(fn func(*mesh.Scanned) bool) {
	for i := range p {
		if !fn(&p[i]) {
			return
		}
	}
}

func (w *world) Pick(hour uint32) index.Pick                              { return pick(w.hours[hour]) }
func (w *world) Nodes() []mesh.Node                                       { return w.nodes }
func (w *world) Observers() []mesh.Observer                               { return w.observers }
func (w *world) Metrics(_ string, _, _ int64) (none []mesh.MetricsSample) { return nil }

func key(b ...byte) (k meshcore.PublicKey) {
	copy(k[:], b)
	k[31] = 1
	return k
}

// node is a repeater at a place; 0, 0 is none.
func (w *world) node(k meshcore.PublicKey, lat, lon float64) {
	n := mesh.Node{Key: k, Name: fmt.Sprint(k[0]), Role: meshcore.RoleRepeater, FirstAdvert: start, LastAdvert: start, HopWidth: 1}
	if lat != 0 || lon != 0 {
		n.HasPosition, n.LatE6, n.LonE6 = true, int32(lat*1e6), int32(lon*1e6)
	}
	w.nodes = append(w.nodes, n)
}

// copyOf is a copy of a flood that one observer heard over hops of one byte.
type copyOf struct {
	observer uint32
	region   uint16
	path     string
}

// flood adds a flood.
func (w *world) flood(at int64, payload string, copies ...copyOf) *mesh.Scanned {
	w.next++
	t := mesh.Scanned{ID: w.next, Type: meshcore.TypeTxtMsg, First: at, Payload: []byte(payload)}
	header := byte(t.Type)<<2 | byte(meshcore.Flood)
	t.Tree = mesh.Tree{Header: header, Width: 1}
	for _, c := range copies {
		leaf := int32(0)
		for _, hop := range []byte(c.path) {
			leaf = step(&t.Tree, leaf, hop)
		}
		t.Obs = append(t.Obs, mesh.ScannedObs{At: at, Arrived: at, Observer: c.observer, Region: c.region, Leaf: leaf, SNR4: 8, RSSI: -90, Header: header, PathLen: byte(len(c.path))})
	}
	hour := uint32(at / hourMs)
	w.hours[hour] = append(w.hours[hour], t)
	return &w.hours[hour][len(w.hours[hour])-1]
}

// step is the node of a tree below another, made if need be.
func step(t *mesh.Tree, parent int32, hop byte) int32 {
	for n := 1; n <= t.Len(); n++ {
		if t.Parent(n) == int(parent) && t.HopBytes[n-1] == hop {
			return int32(n)
		}
	}
	t.HopBytes, t.Parents = append(t.HopBytes, hop), append(t.Parents, uint32(parent))
	return int32(t.Len())
}

// built are the indexes of what the world holds.
func (w *world) built(t testing.TB) Sources {
	t.Helper()
	gates := index.NewGates()
	b := index.NewBuilder(&meshcore.KeyRing{}, gates, nil)
	b.Begin(w, w, func() int64 { return int64(w.next) })
	if err := b.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	lists, _ := gates.Lists.Get()
	links, _ := gates.Links.Get()
	return Sources{Past: w, Facts: w, Nodes: lists.Nodes, Links: links, held: lists.Traffic.Stored}
}

func newWorld() *world { return &world{hours: map[uint32][]mesh.Scanned{}} }

// make surveys the day that begins at start.
func (w *world) make(t *testing.T, scopes ...string) *Board {
	t.Helper()
	sources := w.built(t)
	sources.Scopes = scopes
	board, err := sources.Make(t.Context(), start+dayHours*hourMs)
	if err != nil {
		t.Fatal(err)
	}
	return board
}

func TestShareIsOfWhatTheRegionHeard(t *testing.T) {
	w := newWorld()
	for i, copies := range [][]copyOf{
		{{1, 1, ""}, {2, 1, ""}},
		{{1, 1, ""}, {1, 1, "a"}}, // twice by one observer: it alone
		{{2, 1, ""}, {3, 2, ""}},
		{{3, 2, ""}},
		{{1, 2, ""}}, // it was elsewhere then
		{{4, 0, ""}}, // of no region
	} {
		w.flood(start+int64(i)*hourMs, fmt.Sprint("packet ", i, " of the day"), copies...)
	}
	w.flood(start-1, "the day before", copyOf{1, 1, ""})
	w.flood(start+dayHours*hourMs, "the day after", copyOf{1, 1, ""})
	d := w.make(t).Day
	if d.Transmissions != 6 || d.Observations != 9 {
		t.Errorf("got %d transmissions, %d observations", d.Transmissions, d.Observations)
	}
	if want := map[uint16]int64{1: 3, 2: 3}; !reflect.DeepEqual(d.Regions, want) {
		t.Errorf("regions: got %v, want %v", d.Regions, want)
	}
	if want := map[Station]int64{{1, 1}: 2, {2, 1}: 2, {3, 2}: 2, {1, 2}: 1}; !reflect.DeepEqual(d.In, want) {
		t.Errorf("observers in regions: got %v, want %v", d.In, want)
	}
	for num, want := range map[uint32]Heard{1: {3, 2}, 2: {2, 0}, 3: {2, 1}, 4: {1, 1}} {
		if got := d.Observers[num]; got == nil || *got != want {
			t.Errorf("observer %d: got %+v, want %+v", num, got, want)
		}
	}
}

// A relay's sending counts once however many copies and observers show it, the
// originator's counts too, and a hop that no node fits counts as much.
func TestAirtimeCountsEverySendingOnce(t *testing.T) {
	w := newWorld()
	w.observers = []mesh.Observer{{Num: 1, ID: "A", Radio: mesh.Radio{BWHz: 250_000, SF: 11, CR: 5}}}
	payload := "a text of some bytes"
	w.flood(start, payload, copyOf{1, 1, ""}, copyOf{2, 1, "ab"}, copyOf{3, 1, "ab"}, copyOf{1, 1, "ac"}, copyOf{4, 1, "cab"})
	b := w.make(t)
	preset := meshcore.Preset{SF: 11, BWkHz: 250, CR: 5}
	if !b.PresetSaid || b.Preset != preset {
		t.Fatalf("preset: got %+v", b.Preset)
	}
	n := len(payload) + 2
	// The originator; a and c as first hops; b after a.
	want := preset.Airtime(n) + 2*preset.Airtime(n+1) + preset.Airtime(n+2)
	if got := Sum(b.Last(24 * time.Hour)).Types[meshcore.TypeTxtMsg]; got != (Air{1, 4, want}) {
		t.Errorf("got %+v, want 4 sendings of %v", got, want)
	}
	if got := b.Day.Relays[meshcore.NewHop([]byte("b"))]; *got != (Air{1, 1, preset.Airtime(n + 2)}) {
		t.Errorf("b: got %+v", got)
	}
}

func TestPresetIsWhatMostObserversSay(t *testing.T) {
	observer := func(sf uint8) mesh.Observer {
		return mesh.Observer{Radio: mesh.Radio{FreqKHz: 869_618, BWHz: 62_500, SF: sf, CR: 8}}
	}
	if p, said := PresetOf([]mesh.Observer{observer(7), observer(8), observer(8), {}, {}, {}}); !said || p.SF != 8 || p.BWkHz != 62.5 || p.CR != 8 {
		t.Errorf("got %+v, %v", p, said)
	}
	if p, said := PresetOf([]mesh.Observer{{}, {Radio: mesh.Radio{BWHz: 1, SF: 3}}}); said || p != meshcore.DefaultPreset() {
		t.Errorf("nothing said: got %+v, %v", p, said)
	}
}

// Every flood is in exactly one of the counts, the hours add up to the day, and
// what has no known name is not taken for a named scope.
func TestScopesAddUp(t *testing.T) {
	w := newWorld()
	names := []string{"#north", "#south"}
	scoped := func(at int64, payload, name string) {
		s := w.flood(at, payload, copyOf{1, 1, "a"})
		s.Tree.Header = byte(s.Type)<<2 | byte(meshcore.TransportFlood)
		s.Tree.Transport = [2]uint16{meshcore.RegionCode(meshcore.RegionKey(name), s.Type, s.Payload)}
	}
	for i := range 3 {
		scoped(start+int64(i)*hourMs, fmt.Sprint("packet to the north ", i), "#north")
	}
	scoped(start, "packet to nowhere known", "#secret")
	w.flood(start, "a plain flood", copyOf{1, 1, ""})
	zero := w.flood(start, "transport codes that are not set", copyOf{1, 1, ""})
	zero.Tree.Header = byte(zero.Type)<<2 | byte(meshcore.TransportFlood)
	b := w.make(t, names...)
	if len(b.Last(24*time.Hour)) != dayHours || len(b.Hours) != weekHours {
		t.Fatalf("got %d and %d hours", len(b.Last(24*time.Hour)), len(b.Hours))
	}
	if h := b.Last(24 * time.Hour)[0]; h.Unscoped != 2 || h.Unknown != 1 || h.Named["#north"] != 1 || h.Floods() != 4 || h.Relayed != 2 {
		t.Errorf("first hour: got %+v", h)
	}
	var all, named int64
	for _, h := range b.Last(24 * time.Hour) {
		all += h.Floods()
		named += h.Named["#north"]
	}
	if all != 6 || named != 3 {
		t.Errorf("got %d floods, %d of them to the north", all, named)
	}
}

// A relay carried the scopes of the floods that it sent on, each flood once, and
// what no name fits is neither unscoped nor a scope of its own.
func TestScopesThatARelayCarried(t *testing.T) {
	w := newWorld()
	w.node(key('a'), 0, 0)
	w.node(key('b'), 0, 0)
	for i, name := range []string{"#north", "#north", "#south", "#secret"} {
		s := w.flood(start+int64(i), fmt.Sprint("packet ", i, " of ", name), copyOf{1, 1, "a"}, copyOf{2, 1, "a"}, copyOf{3, 1, "ba"})
		s.Tree.Header = byte(s.Type)<<2 | byte(meshcore.TransportFlood)
		s.Tree.Transport = [2]uint16{meshcore.RegionCode(meshcore.RegionKey(name), s.Type, s.Payload)}
	}
	w.flood(start, "a plain flood", copyOf{1, 1, "a"})
	w.flood(start, "one that nobody sent on", copyOf{1, 1, ""})
	b := w.make(t, "#south", "#north")
	if a, _ := b.Worth(key('a')); a.Unscoped != 1 || a.UnknownScope != 1 || !slices.Equal(a.Scopes, []string{"#north", "#south"}) || a.Carried != 5 {
		t.Errorf("a: got %+v", a)
	}
	if r, _ := b.Worth(key('b')); r.Unscoped != 0 || r.UnknownScope != 1 {
		t.Errorf("b: got %+v", r)
	}
}

// An advert whose scope is not known does not overwrite a node's default scope.
func TestDefaultScopeIsTheLatestKnown(t *testing.T) {
	w := newWorld()
	k := key(0x61)
	for i, name := range []string{"#north", "#south", "#secret"} {
		payload := string(k[:]) + fmt.Sprint("advert ", i)
		s := w.flood(start+int64(i)*hourMs, payload, copyOf{1, 1, "a"})
		s.Type, s.Verified = meshcore.TypeAdvert, true
		s.Tree.Header = byte(s.Type)<<2 | byte(meshcore.TransportFlood)
		s.Tree.Transport = [2]uint16{meshcore.RegionCode(meshcore.RegionKey(name), s.Type, s.Payload)}
	}
	if got := w.make(t, "#north", "#south").Day.Default[k]; got != (Scoped{"#south", start + hourMs}) {
		t.Errorf("got %+v", got)
	}
}

func TestScopeOfTwoThatFitIsAlwaysTheFirst(t *testing.T) {
	s := newScopes([]string{"#b", "#a", "#b"})
	tx := mesh.Scanned{Type: meshcore.TypeTxtMsg, Payload: []byte("x"), Tree: mesh.Tree{Header: byte(meshcore.TransportFlood), Width: 1}}
	s.keys[1] = s.keys[0] // a collision
	tx.Tree.Transport[0] = meshcore.RegionCode(s.keys[0], tx.Type, tx.Payload)
	for range 20 {
		if name, ok := s.of(&tx); !ok || name != "#b" {
			t.Fatalf("got %q, %v", name, ok)
		}
	}
}

// meshOfRelays is a line of relays a, b, c, d with an island e and f, by
// certain paths.
func meshOfRelays() *world {
	w := newWorld()
	for i, name := range "abcdef" {
		w.node(key(byte(name)), 47+float64(i)/10, -122)
	}
	for i := range 5 {
		at := start + int64(i)*hourMs
		w.flood(at, fmt.Sprint("along the line ", i), copyOf{1, 1, "abcd"})
		w.flood(at, fmt.Sprint("on the island ", i), copyOf{2, 1, "ef"})
	}
	w.flood(start, "a single time", copyOf{1, 1, "de"})
	return w
}

func TestWorthsAreThoseOfCertainLinks(t *testing.T) {
	b := meshOfRelays().make(t)
	worth := func(name byte) Worth {
		r, ok := b.Worth(key(name))
		if !ok {
			t.Fatalf("no relay %c", name)
		}
		return r
	}
	// Of the 10 pairs of the five others, 2 lie over b and over c.
	if r := worth('b'); r.Carried != 5 || r.CarriedShare != 5.0/11 || r.Bridge != 0.2 || r.CutShare != 0.2 || !slices.Equal(r.CutOff, []meshcore.PublicKey{key('a')}) || r.Neighbours != 2 {
		t.Errorf("b: got %+v", r)
	}
	if r := worth('a'); r.Bridge != 0 || r.CutShare != 0 || r.CutOff != nil || r.Neighbours != 1 {
		t.Errorf("a: got %+v", r)
	}
	// One packet is no link of the graph: the island stays one.
	if r := worth('d'); r.Neighbours != 1 || r.Carried != 6 {
		t.Errorf("d: got %+v", r)
	}
	if r := worth('a'); r.Airtime != 5*b.Preset.Airtime(2+1+len("along the line 0")) || r.AirShare != float64(r.Airtime)/float64(24*time.Hour) {
		t.Errorf("air of a: got %v, %g", r.Airtime, r.AirShare)
	}
}

// What is only believed is counted apart, and is in no share.
func TestBelievedRelayingIsCountedApart(t *testing.T) {
	w := meshOfRelays()
	gates := index.NewGates()
	b := index.NewBuilder(&meshcore.KeyRing{}, gates, nil)
	b.Begin(w, w, func() int64 { return int64(w.next) })
	if err := b.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	first := w.hours[uint32(start/hourMs)][0] // along the line: a certainly, e only by belief
	b.Relays().Believe(&index.Names{Hour: uint32(start / hourMs), Tx: first.ID, Relays: []meshcore.PublicKey{key('a'), key('e')}})
	lists, _ := gates.Lists.Get()
	links, _ := gates.Links.Get()
	relays, _ := gates.Relays.Get()
	board, err := Sources{Past: w, Facts: w, Nodes: lists.Nodes, Links: links, Relays: relays}.Make(t.Context(), start+dayHours*hourMs)
	if err != nil {
		t.Fatal(err)
	}
	without := w.make(t)
	for name, want := range map[byte]int64{'a': 0, 'e': 1} {
		got, _ := board.Worth(key(name))
		plain, _ := without.Worth(key(name))
		if got.Believed != want {
			t.Errorf("%c: got %d believed, want %d", name, got.Believed, want)
		}
		if got.Believed = 0; !reflect.DeepEqual(got, plain) {
			t.Errorf("%c: belief changed %+v to %+v", name, plain, got)
		}
	}
}

// Companions and observers that do not relay are no part of the graph.
func TestOnlyRelaysAreInTheGraph(t *testing.T) {
	w := meshOfRelays()
	w.node(key(0xEE), 47, -122)
	w.nodes[len(w.nodes)-1].Role = meshcore.RoleCompanion
	if b := w.make(t); len(b.Worths) != 6 {
		t.Errorf("got %d relays", len(b.Worths))
	}
}

// A hop whose place is not known joins nothing: only who hears whom is a link.
func TestDistancesAreOfNeighboursOnly(t *testing.T) {
	w := meshOfRelays()
	w.nodes[1].HasPosition = false // b, between a and c
	b := w.make(t)
	for _, l := range b.Longest {
		if l.From == key('a') || l.To == key('b') {
			t.Errorf("got a link from %v to %v", l.From, l.To)
		}
		if l.SNR.Count != 0 {
			t.Errorf("a relay told what it measured: %+v", l)
		}
	}
	if b.Located[0] != 3 { // c to d, e to f, d to e
		t.Errorf("got %d links at known places", b.Located[0])
	}
}

func TestLinksTooLongAreKeptApart(t *testing.T) {
	w := meshOfRelays()
	w.nodes[3].LatE6 += 4_000_000 // d, 440 km away from c, who alone hears it
	b := w.make(t)
	if len(b.Beyond) != 2 || b.Beyond[0].KM < 400 || b.Located[1] != 2 || b.Beyond[0].Doubt != health.DoubtHeard {
		t.Errorf("got %+v", b.Beyond)
	}
	if b.Places[key('d')] != health.DoubtHeard || b.Places[key('c')] != health.Believed {
		t.Errorf("d: got %q, c: %q", b.Places[key('d')], b.Places[key('c')])
	}
	for _, l := range b.Longest {
		if l.From == key('d') || l.To == key('d') {
			t.Errorf("a link of a doubted place: %+v", l)
		}
	}
}

// A link that is too long though nobody doubts its ends was another's: it joins
// nobody. One whose end is doubted is a link all the same.
func TestLinksThatCannotBeJoinNobody(t *testing.T) {
	w := meshOfRelays()
	for i := range w.nodes { // a and b here, c and d far away
		w.nodes[i].LatE6 = 47_000_000 + int32(i/2)*5_000_000
	}
	b := w.make(t)
	if len(b.Beyond) != 2 || b.Beyond[0].From != key('b') || b.Beyond[0].Doubt != health.Believed {
		t.Fatalf("got %+v", b.Beyond)
	}
	if r, _ := b.Worth(key('b')); r.Neighbours != 1 || r.CutShare != 0 {
		t.Errorf("b: got %+v", r)
	}
	doubted := meshOfRelays()
	doubted.nodes[3].LatE6 += 4_000_000
	if r, _ := doubted.make(t).Worth(key('d')); r.Neighbours != 1 {
		t.Errorf("d, whose place is doubted: got %+v", r)
	}
}

func TestClashesAreFoundWhereLinksTell(t *testing.T) {
	w := meshOfRelays()
	w.node(key('a', 7), 0, 0)
	w.node(key('e', 7), 60, 10)
	b := w.make(t)
	got := b.Collisions[1]
	if len(got) != 2 || got[0].Nearest != health.NearUnknown || got[1].Nearest != health.NearApart {
		t.Errorf("got %+v", got)
	}
}

// The same packets in another order, or after a restart, give the same survey.
func TestSurveyFollowsFromWhatIsHeld(t *testing.T) {
	w := meshOfRelays()
	first := w.make(t)
	for _, list := range w.hours {
		slices.Reverse(list)
	}
	if again := w.make(t); !reflect.DeepEqual(first, again) {
		t.Errorf("got %+v\nwant %+v", again, first)
	}
}

func TestSurveyIsBrokenOff(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (Sources{Past: meshOfRelays(), Facts: newWorld(), Nodes: index.NewNodes(), Links: index.NewLinks()}).Make(ctx, start+dayHours*hourMs); err == nil {
		t.Error("a survey that was broken off is given")
	}
}

func TestHoursCloseWhenTheirLastCopiesAreIn(t *testing.T) {
	for minutes, want := range map[int64]int64{0: start - hourMs, 9: start - hourMs, 10: start, 69: start, 70: start + hourMs} {
		if got := due(time.UnixMilli(start + minutes*60_000)); got != want {
			t.Errorf("%d minutes past: got %d, want %d", minutes, got-start, want-start)
		}
	}
}

// What comes in late is in the next survey, though no hour has closed since.
func TestSurveyIsMadeAgainForWhatIsLate(t *testing.T) {
	s := Surveyor{Now: func() time.Time { return time.UnixMilli(start + dayHours*hourMs).Add(closing) }, Log: slog.New(slog.DiscardHandler)}
	w := newWorld()
	sources := w.built(t)
	s.survey(t.Context(), sources)
	empty := s.Board()
	s.survey(t.Context(), sources)
	if s.Board() != empty || len(empty.Worths) != 0 {
		t.Errorf("made again without need: %+v", s.Board())
	}
	sources = meshOfRelays().built(t)
	s.survey(t.Context(), sources)
	if full := s.Board(); full.To != empty.To || len(full.Worths) == 0 {
		t.Errorf("after the past came in: %+v", full)
	}
}

// A name that is learned changes what is told of the day, though no hour has
// closed since.
func TestSurveyIsMadeAgainForANameOfAScope(t *testing.T) {
	w := newWorld()
	s := w.flood(start, "a flood of the north", copyOf{1, 1, "a"})
	s.Tree.Header = byte(s.Type)<<2 | byte(meshcore.TransportFlood)
	s.Tree.Transport = [2]uint16{meshcore.RegionCode(meshcore.RegionKey("#north"), s.Type, s.Payload)}
	var names []string
	x := Surveyor{Now: func() time.Time { return time.UnixMilli(start + dayHours*hourMs).Add(closing) }, Log: slog.New(slog.DiscardHandler), Scopes: func() []string { return names }}
	sources := w.built(t)
	x.survey(t.Context(), sources)
	if h := x.Board().Last(24 * time.Hour)[0]; h.Unknown != 1 {
		t.Errorf("got %+v", h)
	}
	names = []string{"#north"}
	x.survey(t.Context(), sources)
	if h := x.Board().Last(24 * time.Hour)[0]; h.Unknown != 0 || h.Named["#north"] != 1 {
		t.Errorf("got %+v", h)
	}
}
