package web

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/gate"
	"hilltop/appliance/internal/index"
	"hilltop/firmware-bridge/meshcore"
)

// relayed is a world with a relay that an observer heard directly and that
// passed packets on. Its key is given.
func relayed(t *testing.T) (*world, meshcore.PublicKey) {
	w := newWorld(t)
	n := w.node("a1b2c3", "Ridge", meshcore.RoleRepeater, w.ago(time.Hour))
	by := w.observer(strings.Repeat("AB", 32), "Rooftop", "SEA")
	for i := range 3 {
		p, ok := w.text("Public", i, "Ann", "hello").Relayed(n.Key)
		if !ok {
			t.Fatal("not relayed")
		}
		p.Header = byte(p.Type)<<2 | byte(p.Route)
		w.hear(p, by, w.ago(time.Duration(i+1)*time.Minute), 20)
	}
	other := w.text("Public", 9, "Bob", "unrelayed")
	other.Header = byte(other.Type)<<2 | byte(other.Route)
	w.hear(other, by, w.ago(time.Minute), 20)
	return w, n.Key
}

// While indexes are built, every page is there; parts that are an index say how
// far it is, and no number stands for what is not counted yet.
func TestPagesWhileIndexesAreBuilt(t *testing.T) {
	w, key := relayed(t)
	w.store.Set(w.st)
	w.index.Lists.Progress(1, 4)
	w.index.Relays.Progress(2, 4)
	w.index.Links.Progress(3, 4)
	w.has("/packets", 200, "hello", "names of their relays are still being prepared")
	for _, path := range []string{"/", "/nodes", "/nodes/" + key.String(), "/observers", "/channels", "/packets?via=" + key.String()} {
		w.has(path, 200, "Building lists and counts: 1 packet of 4 packets (25 %)", "data-gated", "is being prepared", "!Waiting for the first packet")
	}
	w.has("/", 200, "Counting routes", "Finding who relayed: 2 packets of 4 packets (50 %)", "Finding links: 3 packets of 4 packets (75 %)")

	// The lists come first; relays and links are still built.
	all := index.NewGates()
	x := index.NewBuilder(w.ring, all, nil)
	x.Begin(w.st, index.Of(w.st), func() int64 { return 4 })
	if err := x.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.index.Lists.Set(value(t, all.Lists))
	w.has("/", 200, "Rooftop", "The list of relays is being prepared", "Finding who relayed")
	node := w.has("/nodes/"+key.String(), 200, "Ridge", "The list of observers that heard it is being prepared", "The list of packets that it relayed is being prepared")
	if strings.Contains(node, "/packets?via=") {
		t.Error("the node's page shows a count of what is not counted")
	}
	w.has("/packets?via="+key.String(), 200, "The list of packets of this node is being prepared", "50 %", "!hello")
	w.has("/nodes", 200, "Ridge", "!Nodes is being prepared")
	w.has("/channels", 200, "Public")

	w.index.Relays.Set(value(t, all.Relays))
	w.has("/packets?via="+key.String(), 200, "hello", "3 match, of 4 packets held", "certainly relayed by", "Ridge", "!unrelayed", `name="via"`)
	w.has("/nodes/"+key.String(), 200, "3 in 1 h", "The list of observers that heard it is being prepared")
	w.index.Links.Set(value(t, all.Links))
	w.index.Routes.Set(value(t, all.Routes))
	for _, path := range []string{"/", "/nodes/" + key.String(), "/packets?via=" + key.String()} {
		w.has(path, 200, "Ridge", "!data-gated", "!is being prepared", "!Counting routes", `!http-equiv="refresh"`)
	}
}

func value[T any](t *testing.T, g *gate.Gate[T]) *T {
	t.Helper()
	v, ok := g.Get()
	if !ok {
		t.Fatal("not built")
	}
	return v
}

// A build that failed is told where its part would be; the rest is there.
func TestPagesWhenAnIndexFails(t *testing.T) {
	w, key := relayed(t)
	w.open()
	w.index.Links.Fail(errors.New("index of links: no room"))
	w.has("/", 200, "Ridge", "!It did not work") // it is open, with what it has
	w.s.Indexes.Links = gate.New[index.Links]("links")
	w.s.Gates = w.s.Indexes.All()
	w.s.Indexes.Links.Fail(errors.New("index of links: no room"))
	w.has("/nodes/"+key.String(), 200, "Ridge", "It did not work: index of links: no room. The rest of this machine goes on.", "3 in 1 h")
	w.has("/packets?via="+key.String(), 200, "3 match")
}

// The API says of an answer that is an index that it is not ready; others are
// there without what an index would add.
func TestAPIWhileIndexesAreBuilt(t *testing.T) {
	w, _ := relayed(t)
	w.store.Set(w.st)
	got := w.get("/api/channels")
	if got.Code != 503 || got.Header().Get("Retry-After") != "5" || strings.TrimSpace(got.Body.String()) != `{"error":"index loading","retryAfter":5}` {
		t.Errorf("have %d %v %s", got.Code, got.Header(), got.Body)
	}
	if body := w.get("/api/stats").Body.String(); !strings.Contains(body, "totalObservations") || strings.Contains(body, "packetsLastHour") {
		t.Errorf("have %s", body)
	}
	hash := w.st.Packets(hashOfFirst(w))[0].Hash.String()
	if body := w.get("/api/packets/" + hash).Body.String(); !strings.Contains(body, "path_json") || strings.Contains(body, "resolved_path") {
		t.Errorf("have %s", body)
	}
	w.open()
	if body := w.get("/api/packets/" + hash).Body.String(); !strings.Contains(body, "resolved_path") {
		t.Errorf("have %s", body)
	}
}

func hashOfFirst(w *world) meshcore.Hash {
	tx, _ := w.st.PacketByID(1)
	return tx.Hash
}

// /readyz lists every gate with how far it is.
func TestReadyzListsEveryGate(t *testing.T) {
	w, _ := relayed(t)
	w.store.Set(w.st)
	w.index.Relays.Progress(2, 4)
	w.index.Links.Fail(errors.New("no room"))
	var answer struct {
		Ready bool
		Gates map[string]struct {
			Ready       bool
			Done, Total int64
			Error       string
		}
	}
	read := func(status int) {
		t.Helper()
		got := w.get("/readyz")
		if err := json.Unmarshal(got.Body.Bytes(), &answer); err != nil || got.Code != status {
			t.Fatalf("%d %s", got.Code, got.Body)
		}
	}
	read(503)
	if g := answer.Gates; answer.Ready || !g["load"].Ready || g["relays"].Done != 2 || g["relays"].Total != 4 || g["links"].Error != "no room" || len(g) != 5 {
		t.Errorf("%+v", answer)
	}
	w.open()
	read(200)
	for name, g := range answer.Gates {
		if !g.Ready || g.Error != "" || g.Done != g.Total {
			t.Errorf("%s: %+v", name, g)
		}
	}
}
