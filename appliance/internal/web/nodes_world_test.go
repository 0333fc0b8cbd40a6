package web

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// evil is what a stranger may call himself.
const evil = "<script>alert(1)</script>\u202eexe\u0007 \"'&"

// world is a real store with its indexes, behind a server.
type world struct {
	*bench
	st   *store.Store
	ring *meshcore.KeyRing
	now  time.Time
	n    int // packets so far
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{now: time.Date(2026, 5, 1, 12, 30, 0, 0, time.UTC)}
	w.ring = meshcore.NewKeyRing([]meshcore.Channel{{Name: "Public", Key: meshcore.PublicChannelKey()}, {Name: "#a/b c", Key: meshcore.HashtagKey("#a/b c")}})
	w.bench = newBench(t, func(o *Options) {
		o.Ring = w.ring
		o.Now = func() time.Time { return w.now }
	})
	var err error
	w.st, err = store.Open(store.Options{Dir: t.TempDir(), Now: o(w.now)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.st.Close() })
	if _, err := w.st.Load(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return w
}

func o(at time.Time) func() time.Time { return func() time.Time { return at } }

// open builds the indexes from what the store holds and opens the gates.
func (w *world) open() *index.Builder {
	w.t.Helper()
	w.store.Set(w.st)
	return w.build(w.st)
}

func (w *world) ago(d time.Duration) int64 { return w.now.Add(-d).UnixMilli() }

// node puts a node whose key begins with these digits.
func (w *world) node(digits, name string, role meshcore.Role, advert int64) mesh.Node {
	w.t.Helper()
	key, err := meshcore.ParsePublicKey(digits + strings.Repeat("0", 64-len(digits)))
	if err != nil {
		w.t.Fatal(err)
	}
	n := mesh.Node{Key: key, Name: name, Role: role, HopWidth: 1, FirstAdvert: advert, LastAdvert: advert, Timestamp: uint32(advert / 1000)}
	w.st.PutNode(n)
	return n
}

func (w *world) observer(id, name, region string) mesh.Observer {
	ob := mesh.Observer{ID: id, Name: name, Region: region, First: w.ago(time.Hour), Status: w.ago(time.Minute), Online: mesh.Yes, Radio: mesh.Radio{FreqKHz: 869618, BWHz: 62500, SF: 8, CR: 8}}
	w.st.PutObserver(ob)
	ob.Num = w.st.ObserverNum(id)
	return ob
}

// hear places a copy of a packet.
func (w *world) hear(p meshcore.Packet, by mesh.Observer, at int64, snr4 int8) store.Placement {
	w.n++
	obs := mesh.Observation{At: at, Arrived: at, Claimed: at + int64(w.n), Flags: mesh.FlagClaimed, Observer: by.Num, Region: w.st.RegionNum(by.Region), SNR4: snr4, RSSI: -100, Score: mesh.NoScore,
		Header: p.Header, PathLen: p.PathLen, Path: p.PathBytes, Sources: 2}
	_, reason := index.CheckAdvert(p.Payload)
	return w.st.Place(store.Copy{Hash: p.Hash(), Type: p.Type, Payload: p.Payload, Verified: p.Type == meshcore.TypeAdvert && reason == "", Obs: obs, Feed: 1})
}

func (w *world) text(channel string, n int, sender, text string) meshcore.Packet {
	key := meshcore.HashtagKey(channel)
	if channel == "Public" {
		key = meshcore.PublicChannelKey()
	}
	sent := uint32(w.now.Unix() - int64(n))
	return meshcore.NewFlood(meshcore.TypeGrpTxt, 1, must(meshcore.NewGroupText(sent, sender, text).Seal(key)))
}

// has checks a page: its status, and texts that it must and must not hold. A
// text that begins with ! must not be there.
func (b *bench) has(path string, status int, texts ...string) string {
	b.t.Helper()
	got := b.get(path)
	body := asRead(got.Body.String())
	if got.Code != status {
		b.t.Errorf("%s: status %d, want %d", path, got.Code, status)
	}
	for _, text := range append(texts, "!<script>alert", "!\u202e", "!\u0007") {
		if want := !strings.HasPrefix(text, "!"); strings.Contains(body, strings.TrimPrefix(text, "!")) != want {
			b.t.Errorf("%s: %q on the page: %v, want %v", path, strings.TrimPrefix(text, "!"), !want, want)
		}
	}
	return body
}

// asRead is a page as one reads it: a space that no line ends at is a space.
func asRead(body string) string { return strings.ReplaceAll(body, "\u00a0", " ") }

// inOrder checks that texts follow one another on a page.
func inOrder(t *testing.T, body string, texts ...string) {
	t.Helper()
	var at []int
	for _, text := range texts {
		at = append(at, strings.Index(body, text))
	}
	if slices.Contains(at, -1) || !slices.IsSorted(at) {
		t.Errorf("%v stand at %v", texts, at)
	}
}

func name(i int) string { return fmt.Sprintf("Node %03d", i) }
