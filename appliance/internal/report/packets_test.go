package report_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

const t0 = int64(1_777_645_800_000) // 2026-05-01 14:30:00 UTC

// field is a store that the test fills, and what answers from it.
type field struct {
	t *testing.T
	*store.Store
	index *index.Set
	ring  *meshcore.KeyRing
}

func newField(t *testing.T) *field {
	t.Helper()
	s, err := store.Open(store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.Load(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	ring := meshcore.NewKeyRing([]meshcore.Channel{{Name: "Public", Key: meshcore.PublicChannelKey()}, {Name: "#test", Key: meshcore.HashtagKey("#test")}})
	return &field{t, s, index.NewSet(ring), ring}
}

func (f *field) packets() report.Packets {
	return report.Packets{Store: f.Store, Nodes: f.index.Nodes, Ring: f.ring}
}

// observer makes one of this name, in this region.
func (f *field) observer(name, region string) mesh.Observer {
	id := strings.ToUpper(fmt.Sprintf("%064x", name))
	o := mesh.Observer{Num: f.ObserverNum(id), ID: id, Name: name, Region: region, First: t0}
	f.PutObserver(o)
	return o
}

// hear places a copy of a packet.
func (f *field) hear(p meshcore.Packet, o mesh.Observer, at int64) store.Placement {
	f.t.Helper()
	frame := p.AppendTo(nil)
	p, err := meshcore.Parse(frame)
	if err != nil {
		f.t.Fatal(err)
	}
	return f.Place(store.Copy{Hash: p.Hash(), Type: p.Type, Payload: p.Payload, Feed: f.FeedNum("test"), Obs: mesh.Observation{
		At: at, Arrived: at, Claimed: at, Flags: mesh.FlagClaimed, Observer: o.Num, Region: f.RegionNum(o.Region), Sources: 1 << f.SourceNum("broker"),
		SNR4: 26, RSSI: -97, Score: mesh.NoScore, Header: p.Header, Transport: p.Transport, PathLen: p.PathLen, Path: p.PathBytes,
	}})
}

func packet(t meshcore.Type, r meshcore.Route, payload []byte, path ...byte) meshcore.Packet {
	return meshcore.Packet{Type: t, Route: r, PathLen: byte(len(path)), PathBytes: path, Payload: payload}
}

// raw is a packet that differs from all others by its number.
func raw(t meshcore.Type, n int, path ...byte) meshcore.Packet {
	return packet(t, meshcore.Flood, binary.BigEndian.AppendUint64([]byte{9, 9, 9, 9}, uint64(n)), path...)
}

func text(key meshcore.ChannelKey, words string) []byte {
	return must(meshcore.NewGroupText(1_777_645_790, "Ann", words).Seal(key))
}

func ids(rows []report.PacketRow) (out []uint64) {
	for _, r := range rows {
		out = append(out, r.ID)
	}
	return out
}

func TestPagesReachTheOldestWithoutRepeats(t *testing.T) {
	f := newField(t)
	o := f.observer("a", "SEA")
	var want []uint64
	for i := range 25 {
		want = append(want, f.hear(raw(meshcore.TypeTxtMsg, i), o, t0+int64(i/3)).ID) // three at a time stand at one moment
	}
	slices.Reverse(want)
	q := report.PacketQuery{PacketSearch: report.PacketSearch{Limit: 4}}
	var got []uint64
	for page := 0; ; page++ {
		l := must(f.packets().List(t.Context(), q))
		got = append(got, ids(l.Rows)...)
		if !l.More {
			break
		}
		if q.After = l.Next; page > 25 {
			t.Fatal("the pages do not end")
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("want %v, have %v", want, got)
	}
}

func TestCountsSayWhatMatches(t *testing.T) {
	f := newField(t)
	o := f.observer("a", "SEA")
	for i := range 30 {
		typ := meshcore.TypeTxtMsg
		if i%3 == 0 {
			typ = meshcore.TypePath
		}
		f.hear(raw(typ, i), o, t0+int64(i))
	}
	l := must(f.packets().List(t.Context(), report.PacketQuery{PacketSearch: report.PacketSearch{Types: []meshcore.Type{meshcore.TypePath}, Limit: 4}}))
	if len(l.Rows) != 4 || l.Matching != 10 || l.Held != 30 || !l.More {
		t.Errorf("want 4 of 10 of 30, and more; have %d of %d of %d, more %v", len(l.Rows), l.Matching, l.Held, l.More)
	}
}

// One reception must be of the region and by the observer at once.
func TestFilterIsAboutOneReception(t *testing.T) {
	f := newField(t)
	sea, pdx := f.observer("a", "SEA"), f.observer("b", "PDX")
	p := raw(meshcore.TypeTxtMsg, 1)
	f.hear(p, sea, t0)
	f.hear(p, pdx, t0+500)
	for _, c := range []struct {
		name string
		q    report.PacketQuery
		want int
	}{
		{"region", report.PacketQuery{PacketSearch: report.PacketSearch{Regions: []string{"PDX"}}}, 1},
		{"observer", report.PacketQuery{PacketSearch: report.PacketSearch{Observers: []string{sea.ID}}}, 1},
		{"both, of one reception", report.PacketQuery{PacketSearch: report.PacketSearch{Regions: []string{"PDX"}, Observers: []string{pdx.ID}}}, 1},
		{"both, of two receptions", report.PacketQuery{PacketSearch: report.PacketSearch{Regions: []string{"PDX"}, Observers: []string{sea.ID}}}, 0},
		{"unknown region", report.PacketQuery{PacketSearch: report.PacketSearch{Regions: []string{"XXX"}}}, 0},
		{"unknown observer", report.PacketQuery{PacketSearch: report.PacketSearch{Observers: []string{"nobody"}}}, 0},
		{"window before", report.PacketQuery{PacketSearch: report.PacketSearch{To: t0}}, 0},
		{"window around", report.PacketQuery{PacketSearch: report.PacketSearch{From: t0, To: t0 + 1}}, 1},
		{"window after", report.PacketQuery{PacketSearch: report.PacketSearch{From: t0 + 1}}, 0},
	} {
		c.q.Limit = 10
		l := must(f.packets().List(t.Context(), c.q))
		if len(l.Rows) != c.want {
			t.Errorf("%s: want %d rows, have %d", c.name, c.want, len(l.Rows))
		}
		if _, ok := f.packets().Row(c.q, f.Packets(p.Hash())[0]); ok != (c.want == 1) {
			t.Errorf("%s: the live row disagrees with the list: %v", c.name, ok)
		}
	}
}

func TestRowShowsTheReceptionThatMatches(t *testing.T) {
	f := newField(t)
	sea, pdx := f.observer("a", "SEA"), f.observer("b", "PDX")
	f.hear(raw(meshcore.TypeTxtMsg, 1, 0xA3, 0x7F), sea, t0+900)
	f.hear(raw(meshcore.TypeTxtMsg, 1, 0xA3), pdx, t0) // arrives later, stands earlier
	row := must(f.packets().List(t.Context(), report.PacketQuery{PacketSearch: report.PacketSearch{Limit: 1}})).Rows[0]
	if row.Shown.Observer.Num != pdx.Num || len(row.Shown.Path.Hops) != 1 || row.First != t0 {
		t.Errorf("want the earliest reception, by PDX over one hop; have %+v", row.Shown)
	}
	row = must(f.packets().List(t.Context(), report.PacketQuery{PacketSearch: report.PacketSearch{Limit: 1, Regions: []string{"SEA"}}})).Rows[0]
	if row.Shown.Observer.Num != sea.Num || len(row.Shown.Path.Hops) != 2 {
		t.Errorf("want SEA's reception over two hops, have %+v", row.Shown)
	}
	if row.Paths != 2 || !slices.Equal(row.Regions, []string{"SEA", "PDX"}) {
		t.Errorf("want 2 paths, SEA and PDX; have %d, %v", row.Paths, row.Regions)
	}
}

func TestHashIgnoresOtherFilters(t *testing.T) {
	f := newField(t)
	p := raw(meshcore.TypeTxtMsg, 1)
	f.hear(p, f.observer("a", "SEA"), t0)
	q := report.PacketQuery{PacketSearch: report.PacketSearch{Hash: p.Hash().String()[:6], Types: []meshcore.Type{meshcore.TypeAdvert}, Regions: []string{"XXX"}, From: t0 + 1, Limit: 10}}
	if l := must(f.packets().List(t.Context(), q)); len(l.Rows) != 1 {
		t.Errorf("want the packet, have %d rows", len(l.Rows))
	}
	q.Hash = "0000"
	if l := must(f.packets().List(t.Context(), q)); len(l.Rows) != 0 {
		t.Errorf("want nothing, have %d rows", len(l.Rows))
	}
}

func TestNothingTellsWhatEachFilterRemoves(t *testing.T) {
	f := newField(t)
	o := f.observer("a", "SEA")
	for i := range 5 {
		f.hear(raw(meshcore.TypeTxtMsg, i), o, t0+int64(i))
	}
	l := must(f.packets().List(t.Context(), report.PacketQuery{PacketSearch: report.PacketSearch{Types: []meshcore.Type{meshcore.TypeAdvert}, Regions: []string{"SEA"}, From: t0 + 2, Limit: 10}}))
	got := map[string]int{}
	for _, d := range l.Without {
		got[d.Filter] = d.Count
	}
	if len(got) != 3 || got["type"] != 3 || got["region"] != 0 || got["time"] != 0 {
		t.Errorf("want 3 without the type, 0 without region or time; have %v", got)
	}
}

func TestContentSaysWhyItIsLocked(t *testing.T) {
	f := newField(t)
	o := f.observer("a", "SEA")
	damaged := text(meshcore.HashtagKey("#test"), "hello")
	damaged[len(damaged)-1] ^= 1
	locks := map[string]struct {
		payload []byte
		want    report.Lock
	}{
		"open":      {text(meshcore.HashtagKey("#test"), "hello"), report.LockOpen},
		"no key":    {text(meshcore.HashtagKey("#secret"), "hello"), report.LockNoKey},
		"wrong key": {damaged, report.LockWrongKey},
		"unaligned": {append(text(meshcore.HashtagKey("#test"), "hello!"), 1), report.LockUnaligned},
	}
	for name, c := range locks {
		p := packet(meshcore.TypeGrpTxt, meshcore.Flood, c.payload)
		f.hear(p, o, t0)
		d, ok := f.packets().Packet(p.Hash(), report.Selection{})
		if !ok || d.Content.Group == nil || d.Content.Group.Lock != c.want {
			t.Errorf("%s: want lock %d, have %+v", name, c.want, d.Content.Group)
		}
		if name == "open" && (d.Content.Group.Text == nil || d.Content.Group.Text.Message != "hello" || d.Content.Group.Channel != "#test") {
			t.Errorf("open: want hello in #test, have %+v", d.Content.Group)
		}
	}
}

// The page follows the selection: path, bytes and figures are of one reception.
func TestSelectionIsShownWithItsOwnBytes(t *testing.T) {
	f := newField(t)
	a, b := f.observer("a", "SEA"), f.observer("b", "PDX")
	p := raw(meshcore.TypeTxtMsg, 1, 0xA3)
	far := raw(meshcore.TypeTxtMsg, 1, 0xA3, 0x7F, 0x12)
	id := f.hear(p, a, t0).ID
	f.hear(far, b, t0+800)
	for _, sel := range []report.Selection{{Episode: id, Num: 1}, {Observer: b.ID}} {
		d, ok := f.packets().Packet(p.Hash(), sel)
		if !ok || !d.Chosen || d.Receptions[d.Selected].Observer.Num != b.Num {
			t.Fatalf("%+v: want b's reception, have %+v", sel, d.Receptions[d.Selected])
		}
		if string(d.Frame) != string(far.AppendTo(nil)) {
			t.Errorf("%+v: want the bytes that b received, have %X", sel, d.Frame)
		}
		if len(d.Described.Packet.PathBytes) != 3 {
			t.Errorf("%+v: want 3 hops described, have %d", sel, len(d.Described.Packet.PathBytes))
		}
	}
	d, ok := f.packets().Packet(p.Hash(), report.Selection{Episode: 999, Num: 7})
	if !ok || d.Chosen || d.Selected != 0 {
		t.Errorf("want the first reception for one that is gone, have %d, chosen %v", d.Selected, d.Chosen)
	}
}

func TestEpisodesAreJoined(t *testing.T) {
	f := newField(t)
	o := f.observer("a", "SEA")
	p := raw(meshcore.TypeTxtMsg, 1)
	first := f.hear(p, o, t0)
	second := f.hear(p, o, t0+3_600_000)
	if first.ID == second.ID {
		t.Fatal("want two episodes")
	}
	d, ok := f.packets().Packet(p.Hash(), report.Selection{Episode: second.ID})
	if !ok || len(d.Episodes) != 2 || len(d.Receptions) != 2 || d.Selected != 1 {
		t.Errorf("want both episodes, the second selected; have %+v", d.Episodes)
	}
}

// A hop has a name only where one key alone fits; a direct packet's path and a
// trace's bytes are not hops that were heard.
func TestPathsOfThreeKinds(t *testing.T) {
	f := newField(t)
	o := f.observer("a", "SEA")
	relay := mesh.Node{Key: meshcore.PublicKey{0xA3, 1}, Name: "Beacon", Role: meshcore.RoleRepeater, FirstAdvert: t0, LastAdvert: t0}
	twin, other := relay, relay
	twin.Key, other.Key = meshcore.PublicKey{0x7F, 1}, meshcore.PublicKey{0x7F, 2}
	for _, n := range []mesh.Node{relay, twin, other} {
		f.PutNode(n)
		f.index.PutNode(n)
	}
	shown := func(p meshcore.Packet) report.Path {
		f.hear(p, o, t0)
		d, ok := f.packets().Packet(p.Hash(), report.Selection{})
		if !ok {
			t.Fatal("the packet is not held")
		}
		return d.Receptions[0].Path
	}
	flood := shown(raw(meshcore.TypeTxtMsg, 1, 0xA3, 0x7F))
	if flood.Kind != report.PathHeard || flood.Hops[0].Node == nil || flood.Hops[0].Node.Name != "Beacon" || flood.Hops[1].Node != nil {
		t.Errorf("flood: want A3 named and 7F not, have %+v", flood)
	}
	direct := raw(meshcore.TypeTxtMsg, 2, 0xA3)
	direct.Route = meshcore.Direct
	if p := shown(direct); p.Kind != report.PathAhead || len(p.Hops) != 1 {
		t.Errorf("direct: want one hop ahead, have %+v", p)
	}
	trace := packet(meshcore.TypeTrace, meshcore.Direct, meshcore.Trace{Tag: 7, Route: []byte{0xA3, 0x7F}}.AppendTo(nil), 21, 0xF0)
	if p := shown(trace); p.Kind != report.PathTrace || len(p.Hops) != 0 || !slices.Equal(p.SNR4, []int8{21, -16}) {
		t.Errorf("trace: want SNRs 21 and -16, have %+v", p)
	}
	nameless := f.packets()
	nameless.Nodes = nil
	if l := must(nameless.List(t.Context(), report.PacketQuery{PacketSearch: report.PacketSearch{Limit: 10}})); len(l.Rows) != 3 {
		t.Errorf("without the index: want 3 rows, have %d", len(l.Rows))
	}
}

func TestNearFindsWhatBeginsAlike(t *testing.T) {
	f := newField(t)
	p := raw(meshcore.TypeTxtMsg, 1)
	f.hear(p, f.observer("a", "SEA"), t0)
	hash := p.Hash().String()
	if near := f.packets().Near(hash[:7]+"000000000", 5); len(near) != 1 || near[0] != p.Hash() {
		t.Errorf("want the packet for seven digits, have %v", near)
	}
	other := map[bool]string{true: "1", false: "0"}[hash[3] == '0']
	if near := f.packets().Near(hash[:3]+other+"000", 5); len(near) != 0 {
		t.Errorf("want nothing for three digits, have %v", near)
	}
	if rows := f.packets().Few([]meshcore.Hash{p.Hash(), {}}); len(rows) != 1 {
		t.Errorf("want the row of the one held, have %d", len(rows))
	}
}

// What is rare is found however old it is.
func TestRareMatchIsFound(t *testing.T) {
	f := newField(t)
	o := f.observer("a", "SEA")
	rare := f.hear(raw(meshcore.TypePath, 1), o, t0)
	for i := range 6_000 {
		f.hear(raw(meshcore.TypeTxtMsg, i), o, t0+1+int64(i))
	}
	l := must(f.packets().List(t.Context(), report.PacketQuery{PacketSearch: report.PacketSearch{Types: []meshcore.Type{meshcore.TypePath}, Limit: 10}}))
	if !slices.Equal(ids(l.Rows), []uint64{rare.ID}) || l.More || l.Matching != 1 {
		t.Errorf("want the rare packet and no more, have %+v", l)
	}
}

// must is a value that cannot fail to be made.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
