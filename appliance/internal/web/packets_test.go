package web

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/live"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
)

var packetsNow = time.Date(2026, 5, 1, 14, 30, 0, 0, time.UTC)

// mesher is a bench with an open store that tests fill with frames.
type mesher struct {
	*bench
	st      *store.Store
	indexes *index.Builder
}

func newMesher(t *testing.T) *mesher {
	t.Helper()
	ring := meshcore.NewKeyRing([]meshcore.Channel{{Name: "#test", Key: meshcore.HashtagKey("#test")}})
	b := newBench(t, func(o *Options) {
		o.Ring, o.Now, o.Scopes = ring, func() time.Time { return packetsNow }, func() []string { return []string{"#pnw"} }
	})
	st, err := store.Open(store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	if _, err := st.Load(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	b.store.Set(st)
	return &mesher{b, st, b.build(st)}
}

func (m *mesher) observer(name, region string) mesh.Observer {
	id := strings.ToUpper(fmt.Sprintf("%064x", name))
	o := mesh.Observer{Num: m.st.ObserverNum(id), ID: id, Name: name, Region: region, Radio: mesh.Radio{SF: 8, BWHz: 62500, CR: 8, FreqKHz: 869618}}
	m.st.PutObserver(o)
	return o
}

// hear takes a frame in as an observer heard it some seconds before now.
func (m *mesher) hear(frame []byte, o mesh.Observer, ago float64, change ...func(*mesh.Observation)) store.Placement {
	m.t.Helper()
	p, err := meshcore.Parse(frame)
	if err != nil {
		m.t.Fatal(err)
	}
	at := packetsNow.Add(-time.Duration(ago * float64(time.Second))).UnixMilli()
	obs := mesh.Observation{
		At: at, Arrived: at, Claimed: at, Flags: mesh.FlagClaimed, Observer: o.Num, Region: m.st.RegionNum(o.Region), Sources: 1 << m.st.SourceNum("broker"),
		SNR4: 26, RSSI: -97, Score: mesh.NoScore, Header: p.Header, Transport: p.Transport, PathLen: p.PathLen, Path: p.PathBytes,
	}
	for _, c := range change {
		c(&obs)
	}
	placed := m.st.Place(store.Copy{Hash: p.Hash(), Type: p.Type, Payload: p.Payload, Feed: m.st.FeedNum("test"), Obs: obs})
	e := index.Event{Seq: placed.Seq, Hour: placed.Hour, Tx: placed.ID, Hash: placed.Hash, Type: p.Type, Payload: p.Payload,
		First: placed.First, Was: placed.Was, New: placed.New, Obs: obs, Tree: placed.Tree, Fresh: placed.Fresh, Leaf: placed.Leaf}
	if p.Type == meshcore.TypeGrpTxt {
		e.Text = index.ReadText(m.s.Ring, p.Payload)
	}
	if !placed.Duplicate {
		m.indexes.Apply(&e)
	}
	return placed
}

func channelFrame(channel, sender, words string, path ...byte) []byte {
	text := meshcore.NewGroupText(uint32(packetsNow.Unix()-20), sender, words)
	return frameOf(meshcore.TypeGrpTxt, meshcore.Flood, must(text.Seal(meshcore.HashtagKey(channel))), path...)
}

func frameOf(t meshcore.Type, r meshcore.Route, payload []byte, path ...byte) []byte {
	return meshcore.Packet{Header: byte(t)<<2 | byte(r), Type: t, Route: r, PathLen: byte(len(path)), PathBytes: path, Payload: payload}.AppendTo(nil)
}

func hashOf(t *testing.T, frame []byte) string {
	t.Helper()
	p, err := meshcore.Parse(frame)
	if err != nil {
		t.Fatal(err)
	}
	return p.Hash().String()
}

// want asks for a page and for texts that it must and, after "", must not have.
func (m *mesher) want(path string, status int, texts ...string) string {
	m.t.Helper()
	w := m.get(path)
	body := asRead(w.Body.String())
	if w.Code != status {
		m.t.Errorf("%s: want %d, have %d", path, status, w.Code)
	}
	must := true
	for _, text := range texts {
		if text == "" {
			must = false
		} else if strings.Contains(body, text) != must {
			m.t.Errorf("%s: %q: want %v", path, text, must)
		}
	}
	return body
}

func TestPacketsPageBeforeTheFirst(t *testing.T) {
	newMesher(t).want("/packets", 200, "No packet received yet", "packets-rows", "for=packets")
}

func TestPacketsPageWhileLoading(t *testing.T) {
	b := newBench(t, nil)
	b.store.Progress(30, 100)
	if w := b.get("/packets"); w.Code != 200 || !strings.Contains(w.Body.String(), "30 %") {
		t.Errorf("want a page that says 30 %%, have %d", w.Code)
	}
}

// Rows need only the store: what an index adds may come later.
func TestPacketsPageWithoutIndex(t *testing.T) {
	m := newMesher(t)
	m.hear(channelFrame("#test", "Ann", "good morning", 0xA3), m.observer("Rooftop", "SEA"), 20)
	m.want("/packets", 200, "", "still being prepared")
	m.s.Indexes = index.NewGates()
	m.want("/packets", 200, "good morning", "still being prepared")
}

func TestPacketsPageListsAndFilters(t *testing.T) {
	m := newMesher(t)
	sea, pdx := m.observer("Rooftop", "SEA"), m.observer("Garage", "PDX")
	hello := channelFrame("#test", "Ann", "good morning", 0xA3)
	id := m.hear(hello, sea, 20).ID
	m.hear(channelFrame("#test", "Ann", "good morning", 0xA3, 0x7F), pdx, 19)
	secret := channelFrame("#secret", "Bob", "hidden words")
	m.hear(secret, pdx, 10)
	m.want("/packets", 200, "2 of 2 packets held", "good morning", "Ann", "#test", "no key", "×2", "Rooftop", "and 1 more path", "all 2 receptions", "", "hidden words", `class="receptions"`)
	open := fmt.Sprintf("/packets?hash=%s&open=%d", hashOf(t, hello), id)
	m.want("/packets", 200, strings.ReplaceAll(open, "&", "&amp;"))
	m.want(open, 200, "data-unfolded", `class="receptions"`, "Garage", "+1.0 s", "", "data-from")
	m.want("/packets?open=none", 400, "&#34;open&#34;")
	m.want("/packets?region=SEA", 200, "good morning", "1 match, of 2 packets held", "", hashOf(t, secret)[:8])
	m.want("/packets?type=4", 200, "0 of 2 packets", "any type: 2")
	m.want("/packets?hash="+hashOf(t, hello)[:5]+"&type=4", 200, "good morning", "the other filters do not count")
	m.want("/packets?n=1", 200, hashOf(t, secret)[:8], "Older packets", "after=", "", "good morning")
	m.want("/packets?type=nonsense", 400, "&#34;type&#34;", "nonsense")
	m.want("/packets?w=1h&n=999", 400, "&#34;n&#34;")
}

func TestPacketPageShowsMessageFirst(t *testing.T) {
	m := newMesher(t)
	sea, pdx := m.observer("Rooftop", "SEA"), m.observer("Garage", "PDX")
	near, far := channelFrame("#test", "Ann", "good morning", 0xA3), channelFrame("#test", "Ann", "good morning", 0xA3, 0x7F)
	id := m.hear(near, sea, 20).ID
	m.hear(far, pdx, 19)
	path := "/packets/" + hashOf(t, near)
	m.want(path, 200, "good morning", "Reception 1 of 2", fmt.Sprintf("%X", near), "Ways it came", "receptions by 2 observers", "1.0 s", "", fmt.Sprintf("%X", far))
	m.want(fmt.Sprintf("%s?obs=%d.1", path, id), 200, "Reception 2 of 2", fmt.Sprintf("%X", far), "", fmt.Sprintf("%X", near))
	m.want(path+"?obs="+strings.ToLower(pdx.ID), 200, "Reception 2 of 2")
	m.want(path+"?obs=99.9", 200, "not held any more")
	m.want(path+"?obs=what", 400, "&#34;obs&#34;")
	body := m.want(path, 200)
	if strings.Index(body, "good morning") > strings.Index(body, `id="facts"`) {
		t.Error("want the message before the facts")
	}
	if key := fmt.Sprintf("%X", meshcore.HashtagKey("#test").Bytes()); strings.Contains(strings.ToUpper(body), key) {
		t.Error("the page shows the channel's key")
	}
}

func TestPacketPageSaysWhyItIsLocked(t *testing.T) {
	m := newMesher(t)
	o := m.observer("Rooftop", "SEA")
	secret := channelFrame("#secret", "Bob", "hidden")
	broken := channelFrame("#test", "Bob", "damaged")
	broken[len(broken)-1] ^= 1
	m.hear(secret, o, 5)
	m.hear(broken, o, 4)
	m.want("/packets/"+hashOf(t, secret), 200, "no key here has the hash byte")
	m.want("/packets/"+hashOf(t, broken), 200, "is known, but it does not fit")
}

// The time on air is of the selected observer's setting, in the facts and in the
// JSON alike.
func TestTimeOnAirIsOfTheObserversSetting(t *testing.T) {
	m := newMesher(t)
	frame := channelFrame("#test", "Ann", "good morning")
	for _, sf := range []uint8{8, 11} {
		o := m.observer(fmt.Sprintf("SF%d", sf), "SEA")
		o.Radio.SF = sf
		m.st.PutObserver(o)
		m.hear(frame, o, 5)
		air := meshcore.Preset{FreqMHz: 869.618, BWkHz: 62.5, SF: int(sf), CR: 8}.Airtime(len(frame))
		m.want("/packets/"+hashOf(t, frame)+"?obs="+o.ID, 200,
			fmt.Sprintf("the observer&#39;s setting, SF%d", sf), fmt.Sprintf("%d ms", air.Milliseconds()), fmt.Sprint(float64(air.Microseconds())/1000))
	}
}

func TestDirectPathIsStillToGo(t *testing.T) {
	m := newMesher(t)
	o := m.observer("Rooftop", "SEA")
	direct := frameOf(meshcore.TypeReq, meshcore.Direct, []byte{0xFD, 0x20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18}, 0x5C)
	m.hear(direct, o, 5)
	m.want("/packets", 200, "still to go", "20 → FD")
	m.want("/packets/"+hashOf(t, direct), 200, "Remaining route", "not the way it came", "", "Ways it came", "Passed")
	anon := frameOf(meshcore.TypeAnonReq, meshcore.Direct, append(append([]byte{0xFD}, bytes.Repeat([]byte{0x31}, 32)...), make([]byte, 18)...), 0x5C)
	m.hear(anon, o, 5)
	for _, frame := range [][]byte{direct, anon} { // in the title and in the facts
		body := m.get("/packets/" + hashOf(t, frame)).Body.String()
		if n := strings.Count(body, `href="/reports/identity?prefix=FD"`); n != 2 {
			t.Errorf("%s: %d ways to who the recipient may be, want 2", hashOf(t, frame), n)
		}
	}
	m.want("/packets/"+hashOf(t, direct), 200, `href="/reports/identity?prefix=20"`)
	trace := frameOf(meshcore.TypeTrace, meshcore.Direct, meshcore.Trace{Tag: 0x1234, Route: []byte{0x5C, 0xA3}}.AppendTo(nil), 21)
	m.hear(trace, o, 4)
	m.want("/packets/"+hashOf(t, trace), 200, "+5.25 dB", "1 of 2 hops of the planned route done", "not reached", "", "Remaining route")
}

func TestClocksAreSetSideBySide(t *testing.T) {
	m := newMesher(t)
	o := m.observer("Rooftop", "SEA")
	frame := channelFrame("#test", "Ann", "late words")
	m.hear(frame, o, 5*3600, func(obs *mesh.Observation) {
		obs.Arrived = packetsNow.UnixMilli()
		obs.Flags |= mesh.FlagHeardStands | mesh.FlagLate
	})
	m.want("/packets/"+hashOf(t, frame), 200, "late +5 h", "5 h 0 m later", "stands here", "the sender, in the packet")
	m.want("/packets", 200, "late +5 h")
}

func TestEpisodesShareAPage(t *testing.T) {
	m := newMesher(t)
	o := m.observer("Rooftop", "SEA")
	frame := channelFrame("#test", "Ann", "again")
	m.hear(frame, o, 7200)
	m.hear(frame, o, 5)
	m.want("/packets/"+hashOf(t, frame), 200, "Heard in 2 episodes", "Reception 1 of 2", "episode 2")
}

func TestPacketsThatAreNotHeld(t *testing.T) {
	m := newMesher(t)
	m.want("/packets/0000000000000000", 404, "No packet held has this hash", "No packet has been received yet")
	o := m.observer("Rooftop", "SEA")
	byDigit := map[byte]string{}
	for i := 0; ; i++ { // until two begin alike
		frame := channelFrame("#test", "Ann", fmt.Sprint("words ", i))
		hash := hashOf(t, frame)
		m.hear(frame, o, 5)
		if other := byDigit[hash[0]]; other != "" {
			m.want("/packets/"+hash[:1], 200, "Which packet?", hash, other)
			m.want("/packets/"+hash[:8], 200, hash, "Reception 1 of 1")
			m.want("/packets/"+strings.ToUpper(hash), 200, "Reception 1 of 1")
			last := map[bool]string{true: "0", false: "1"}[hash[15] == '1']
			m.want("/packets/"+hash[:15]+last, 404, "begins alike", "/packets/"+hash, "may be older")
			break
		}
		byDigit[hash[0]] = hash
	}
	m.want("/packets/nonsense", 404, "No such packet", "nonsense")
	m.want("/packets/%3Cscript%3E", 404, "", "<script>")
}

// What strangers send is shown as text, whatever it is.
func TestHostileNamesStayText(t *testing.T) {
	m := newMesher(t)
	evil := "<script>alert(1)</script>\u202e\x00\x1b[31m"
	o := m.observer(evil, "<b>")
	var seed [32]byte
	seed[0] = 7
	advert, err := meshcore.SignAdvert(meshcore.FromSeed(seed), meshcore.Advert{Timestamp: 1, Role: meshcore.RoleRepeater, HasName: true, Name: "<i>'\"&\u202e\x1b"})
	if err != nil {
		t.Fatal(err)
	}
	frames := [][]byte{
		channelFrame("#test", "<script>x", "\u202e<img src=x onerror=alert(1)>\xff\xfe"),
		frameOf(meshcore.TypeAdvert, meshcore.Flood, advert.AppendTo(nil)),
	}
	pages := []string{"/packets", "/packets?region=%3Cscript%3E&obs=%22%3E%3Cscript%3E"}
	for _, f := range frames {
		m.hear(f, o, 5)
		pages = append(pages, "/packets/"+hashOf(t, f))
	}
	for _, page := range pages {
		m.want(page, 200, "", "<script>alert", "<script>x", "<img src=x", "<i>'", "\u202e", "\x1b", "\x00", `"><script>`)
	}
}

// Every type and every odd payload of the frames has a page.
func TestEveryPayloadHasAPage(t *testing.T) {
	m := newMesher(t)
	o := m.observer("Rooftop", "SEA")
	for typ := range meshcore.Type(16) {
		for _, n := range []int{0, 1, 3, 5, 9, 40, 120} {
			for _, r := range []meshcore.Route{meshcore.Flood, meshcore.Direct, meshcore.TransportFlood} {
				frame := frameOf(typ, r, bytes.Repeat([]byte{0x80 | byte(n)}, n), 0xA3)
				m.hear(frame, o, 5)
				m.want("/packets/"+hashOf(t, frame), 200, packetType(typ).Word, "Fields")
			}
		}
	}
	m.want("/packets?n=100", 200, "of 112 packets held")
}

func TestLiveRowsPassTheSameFilter(t *testing.T) {
	m := newMesher(t)
	o := m.observer("Rooftop", "SEA")
	placed := m.hear(channelFrame("#test", "Ann", "fresh words"), o, 5)
	old := m.hear(channelFrame("#test", "Ann", "old words"), o, 3600)
	h, _ := m.s.held()
	row := func(query string, e live.Event) string {
		v, _ := url.ParseQuery(query)
		f, err := m.s.packetsStream(v, prefs{location: time.UTC})
		if err != nil {
			t.Fatal(err)
		}
		part, ok := f(h, e)
		if !ok {
			return ""
		}
		if part.Into != "packets-rows" || part.ID != fmt.Sprintf("p%d", e.Tx) {
			t.Errorf("want a row of the list, have %s in %s", part.ID, part.Into)
		}
		var b bytes.Buffer
		if err := part.Body.Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	e := live.Event{Kind: live.Packet, Tx: placed.ID}
	got := row("region=SEA", e)
	if !strings.Contains(got, "fresh words") || !strings.Contains(m.get("/packets?region=SEA").Body.String(), got) {
		t.Errorf("want the very row of the page, have %s", got)
	}
	for name, have := range map[string]string{
		"another region": row("region=PDX", e), "another type": row("type=4", e), "another kind": row("", live.Event{Kind: live.Node}),
		"an old packet": row("", live.Event{Kind: live.Copy, Tx: old.ID}), "a packet that is gone": row("", live.Event{Kind: live.Packet, Tx: 999}),
	} {
		if have != "" {
			t.Errorf("%s: want no row, have one", name)
		}
	}
	if _, err := m.s.packetsStream(url.Values{"type": {"x"}}, prefs{location: time.UTC}); err == nil {
		t.Error("want a wrong filter refused")
	}
}

func TestTreeSharesBeginnings(t *testing.T) {
	m := newMesher(t)
	o := m.observer("Rooftop", "SEA")
	for i, path := range [][]byte{{1, 2, 3}, {1, 2, 4}, {1, 2}, {9}} {
		m.hear(channelFrame("#test", "Ann", "tree", path...), o, float64(20-i))
	}
	h, _ := m.s.held()
	frame := channelFrame("#test", "Ann", "tree")
	p, _ := meshcore.Parse(frame)
	d, ok := m.s.packetsOf(h).Packet(p.Hash(), report.Selection{})
	if !ok {
		t.Fatal("the packet is not held")
	}
	lines, _ := pathTree(d)
	var got []string
	for _, l := range lines {
		got = append(got, treeText(l))
	}
	want := []string{"0:", "1:01>02*", "2:03*", "2:04*", "1:09*"}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("want %v, have %v", want, got)
	}
}

func treeText(l ui.TreeLine) string {
	var hops []string
	for _, h := range l.Hops {
		hops = append(hops, h.Hex)
	}
	return fmt.Sprintf("%d:%s%s", l.Depth, strings.Join(hops, ">"), strings.Repeat("*", len(l.Heard)))
}
