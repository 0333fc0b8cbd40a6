package web

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/live"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

func TestNodesWaitForTheirIndex(t *testing.T) {
	w := newWorld(t)
	w.has("/nodes", 200, "is being prepared")
	w.open()
	w.has("/nodes", 200, "Nodes appear with their first valid advert; rejected so far: 0.", "!is being prepared")
}

func TestNodesAreFilteredAndSorted(t *testing.T) {
	w := newWorld(t)
	w.node("aa01", "Zebra", meshcore.RoleRepeater, w.ago(time.Hour))
	w.node("bb01", "apple", meshcore.RoleCompanion, w.ago(2*time.Hour))
	w.node("cc01", "", meshcore.RoleRoom, w.ago(100*time.Hour))
	w.node("dd01", evil, meshcore.RoleSensor, w.ago(time.Minute))
	w.open()
	inOrder(t, w.has("/nodes", 200, "4 nodes", "&lt;script&gt;"), "&lt;script&gt;", "Zebra", "apple", "cc010000…")
	inOrder(t, w.has("/nodes?sort=name:asc", 200), "&lt;script&gt;", "apple", "Zebra", "cc010000…")
	inOrder(t, w.has("/nodes?sort=name", 200), "Zebra", "apple", "&lt;script&gt;", "cc010000…")
	inOrder(t, w.has("/nodes?sort=state:asc", 200), "cc010000…", "apple", "Zebra")
	w.has("/nodes?role=repeater,room", 200, "2 of 4 nodes match", "Zebra", "cc010000…", "!apple")
	w.has("/nodes?state=silent", 200, "1 of 4 nodes match", "cc010000…", "!Zebra")
	w.has("/nodes?q=BB0", 200, "1 of 4", "apple")
	w.has("/nodes?q=EBR", 200, "1 of 4", "Zebra")
	w.has("/nodes?role=room&state=active", 200, "0 of 4 nodes", "any state: 1", "any role: 2", "!Zebra")
	w.has("/nodes?role=room&unknown=1", 200, "!does not apply")
	w.has("/nodes?role=room&type=4", 200, "does not apply to this page", "!name=\"type\"")
}

func TestNodesRefuseWhatMakesNoSense(t *testing.T) {
	w := newWorld(t)
	w.open()
	for _, q := range []string{"role=king", "state=happy", "sort=colour", "sort=name:up", "page=0", "page=x", "n=201", "n=1&n=2", "q=" + strings.Repeat("x", 65)} {
		parameter, _, _ := strings.Cut(q, "=")
		w.has("/nodes?"+q, 400, "The parameter &#34;"+parameter+"&#34;")
	}
}

func TestPagesOfNodesReachAll(t *testing.T) {
	w := newWorld(t)
	for i := range 95 {
		w.node(fmt.Sprintf("%04x", 0xa000+i), name(i), meshcore.RoleRepeater, w.ago(time.Hour)) // all heard at once
	}
	w.open()
	seen := map[string]int{}
	path := "/nodes?n=40"
	for range 5 {
		body := w.has(path, 200)
		for _, m := range regexp.MustCompile(`<tr id="n-([0-9a-f]{4})`).FindAllStringSubmatch(body, -1) {
			seen[m[1]]++
		}
		next := regexp.MustCompile(`href="([^"]*)" rel="next"`).FindStringSubmatch(body)
		if next == nil {
			break
		}
		path = strings.ReplaceAll(next[1], "&amp;", "&")
	}
	for i := range 95 {
		if key := fmt.Sprintf("%04x", 0xa000+i); seen[key] != 1 {
			t.Errorf("%s: %d times on all pages", key, seen[key])
		}
	}
	w.has("/nodes?n=40&page=9", 200, "The list ends before this page")
}

func TestPageOfANode(t *testing.T) {
	w := newWorld(t)
	private := meshcore.FromSeed([32]byte{7})
	advert, err := meshcore.SignAdvert(private, meshcore.Advert{Timestamp: uint32(w.now.Unix()), Role: meshcore.RoleRepeater, Name: "Ridge", HasName: true})
	if err != nil {
		t.Fatal(err)
	}
	key := private.Public()
	w.st.PutNode(mesh.Node{Key: key, Name: "Ridge", Role: meshcore.RoleRepeater, HopWidth: 2, FirstAdvert: w.ago(time.Hour), LastAdvert: w.ago(time.Minute), Timestamp: uint32(w.now.Unix() + 540)})
	w.node("ee01", "Ridge", meshcore.RoleCompanion, w.ago(time.Hour)) // the same name
	near := w.observer("NEAR", "Near", "SEA")
	far := w.observer(strings.ToUpper(key.String()), "Ridge itself", "PDX")
	p := meshcore.NewFlood(meshcore.TypeAdvert, 2, advert.AppendTo(nil))
	w.hear(p, near, w.ago(time.Minute), 18)
	w.hear(p, near, w.ago(time.Minute)+1, 22)
	relayed, _ := w.text("Public", 1, "Ann", "hello").Relayed(key)
	w.hear(relayed, far, w.ago(2*time.Second), -20)
	w.open()

	path := "/nodes/" + key.String()
	body := w.has(path, 200, "Ridge", key.String(), "Another node has this name too.", "also an observer", "10 m 0 s ahead",
		"SEA", "+5.0 dB", "+4.5 to +5.5 dB", p.Hash().String()[:8], relayed.Hash().String()[:8], "hops of any width")
	if _, direct, _ := strings.Cut(body, `id="direct"`); strings.Count(direct[:strings.Index(direct, "</section>")], "/observers/NEAR") != 1 {
		t.Error("Near heard it directly, once in the list")
	}
	w.has(path, 200, "Paths through it", "the latest 1 of 1 path, by 1 packet", `class="self"`, "First received by")
	w.has("/nodes/"+strings.ToUpper(key.String()), 200, "Ridge")
	w.has("/nodes/"+key.String()[:8], 200, key.String())
	w.has("/nodes/"+key.String()[:7], 404, "64 hex digits, or the first 8", "Perhaps one of these", key.String())
	w.has("/nodes/"+key.String()[:8]+strings.Repeat("0", 56), 404, "No node with this key is known", "Perhaps one of these", key.String())
	w.has("/nodes/ridge", 404, "Perhaps one of these", key.String())
	w.has("/nodes/"+url.PathEscape(evil), 404, "&lt;script&gt;", "!Perhaps one of these")
}

func TestAnAmbiguousKeyGivesAChoice(t *testing.T) {
	w := newWorld(t)
	a := w.node("12345678aa", "One", meshcore.RoleRepeater, w.ago(time.Hour))
	b := w.node("12345678bb", "Two", meshcore.RoleRepeater, w.ago(time.Hour))
	w.open()
	w.has("/nodes/12345678", 200, "2 nodes have a key that begins so", "One", "Two", "/nodes/"+a.Key.String(), "/nodes/"+b.Key.String())
	w.has("/nodes/12345678B", 200, "Two", "!2 nodes have")
	w.has("/nodes/"+a.Key.String(), 200, "share even its first 3 bytes", "!2 nodes have")
}

func TestRelayingIsCountedOnlyWhereCertain(t *testing.T) {
	w := newWorld(t)
	a := w.node("5501", "One", meshcore.RoleRepeater, w.ago(time.Hour))
	w.node("5502", "Two", meshcore.RoleRepeater, w.ago(time.Hour))
	relayed, _ := w.text("Public", 1, "Ann", "hello").Relayed(a.Key) // one byte: of either
	w.hear(relayed, w.observer("NEAR", "Near", ""), w.ago(time.Second), 4)
	w.open()
	w.has("/nodes/"+a.Key.String(), 200, "hops of 2 B or more", "No heard path has a hop that is certainly this node", "!"+relayed.Hash().String()[:8])
}

func TestNodeRowsComeLive(t *testing.T) {
	w := newWorld(t)
	n := w.node("aa01", "Zebra", meshcore.RoleRepeater, w.ago(time.Hour))
	w.open()
	h, _ := w.s.held()
	for query, want := range map[string]bool{"": true, "role=repeater": true, "role=room": false, "q=ze": true, "state=silent": false} {
		v, _ := url.ParseQuery(query)
		f, err := w.s.nodesStream(v, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := f(h, live.Event{Kind: live.Node, Key: n.Key})
		if ok != want || ok && (got.Into != "nodes-rows" || got.ID != "n-"+n.Key.String()) {
			t.Errorf("%q: %v %+v", query, ok, got)
		}
		if _, ok := f(h, live.Event{Kind: live.Copy, Key: n.Key}); ok {
			t.Errorf("%q: a copy is no news of a node", query)
		}
	}
	if _, err := w.s.nodesStream(url.Values{"role": {"king"}}, time.UTC); err == nil {
		t.Error("a stream takes what the page refuses")
	}
	body := w.has("/nodes", 200)
	if !strings.Contains(body, `id="nodes-rows"`) || !strings.Contains(body, `id="n-`+n.Key.String()) {
		t.Error("the page has no place for live rows")
	}
}

func TestNodesAreFilteredByTimeNameAndRegion(t *testing.T) {
	w := newWorld(t)
	private, heard := meshcore.FromSeed([32]byte{7}), w.ago(time.Hour/2)
	w.st.PutNode(mesh.Node{Key: private.Public(), Name: "Twin", Role: meshcore.RoleRepeater, HopWidth: 1, FirstAdvert: heard, LastAdvert: heard, Timestamp: uint32(heard / 1000)})
	twin := "n-" + private.Public().String()
	sea := w.observer("SEA1", "Beacon", "SEA")
	w.observer("YVR1", "Harbour", "YVR")
	w.hear(meshcore.NewFlood(meshcore.TypeAdvert, 1, must(meshcore.SignAdvert(private, meshcore.Advert{Timestamp: uint32(heard / 1000), Role: meshcore.RoleRepeater, Name: "Twin", HasName: true})).AppendTo(nil)), sea, heard, 4)
	w.node("bb01", "Twin", meshcore.RoleRepeater, w.ago(5*time.Hour))
	w.node("cc01", "twin", meshcore.RoleRepeater, w.ago(100*time.Hour))
	w.open()
	w.has("/nodes?heard=1h", 200, "1 of 3 nodes match", twin, "!n-bb01", "last heard", "last 1 h", "/nodes?w=24h", `!href="/nodes?heard`)
	w.has("/nodes?w=2h", 200, "1 of 3 nodes match", "2 h")
	w.has("/nodes?heard=7d&q=CC", 200, "n-cc01", "!"+twin)
	w.has("/nodes?heard=1h&w=1h&region=SEA", 200, "1 of 3 nodes match", twin)
	from, to := w.now.Add(-6*time.Hour).UTC().Format(time.RFC3339), w.now.Add(-time.Hour).UTC().Format(time.RFC3339)
	w.has("/nodes?from="+from+"&to="+to, 200, "1 of 3 nodes match", "n-bb01", "!"+twin)
	inOrder(t, w.has("/nodes?w=15m&q=Twin", 200, "0 of 3 nodes"), "any time: 3", "no filter at all")
	w.has("/nodes?name=Twin", 200, "2 of 3 nodes match", "1 of 2", "name is")
	w.has("/nodes", 200, `href="/nodes?name=Twin"`)
	w.has("/nodes?name=Nobody&heard=1h", 200, "0 of 3 nodes", "any name: 1")
	w.has("/nodes?region=sea", 200, "1 of 3 nodes match", twin, "!n-bb01", `<span class="chip-name">region</span> <bdi>SEA</bdi>`, `href="/nodes?region=SEA,YVR"`)
	w.has("/nodes?region=YVR", 200, "0 of 3 nodes", "any region: 3")
	for _, q := range []string{"heard=5h", "w=5h", "heard=1h&w=2h", "name=" + strings.Repeat("x", 257)} {
		w.has("/nodes?"+q, 400, "The parameter")
	}
}

func TestClocksThatAreOffAreNoticed(t *testing.T) {
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for _, x := range []struct {
		off  time.Duration
		want string
	}{{0, ""}, {-4 * time.Minute, ""}, {3 * time.Hour, "clock 3 h 0 m ahead"}, {-10 * time.Minute, "clock 10 m 0 s behind"}, {-40 * 365 * 24 * time.Hour, "clock not set"}} {
		n := mesh.Node{LastAdvert: at.UnixMilli(), Timestamp: uint32(at.Add(x.off).Unix())}
		if got := clockBadge(n); got != x.want {
			t.Errorf("%v: %q, not %q", x.off, got, x.want)
		}
	}
}

// The short address of a node has as many digits as it takes, and leads to it.
func TestShortAddressesTellNodesApart(t *testing.T) {
	w := newWorld(t)
	alone := w.node("aa01", "Alone", meshcore.RoleRepeater, w.ago(time.Hour))
	w.node("bb0000000000", "First", meshcore.RoleRepeater, w.ago(time.Hour))
	second := w.node("bb0000000001", "Second", meshcore.RoleRepeater, w.ago(time.Hour))
	w.open()
	w.has("/nodes/"+alone.Key.String(), 200, `href="/nodes/`+alone.Key.String()+`" data-copy-link`, `href="/nodes/aa010000" data-copy-link`)
	w.has("/nodes/"+second.Key.String(), 200, `href="/nodes/bb0000000001" data-copy-link`)
	w.has("/nodes/bb0000000001", 200, "Second")
	w.has("/nodes/bb000000", 200, "2 nodes have a key that begins so")
}
