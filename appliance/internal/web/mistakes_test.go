package web

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/index"
	"hilltop/firmware-bridge/meshcore"
)

// Mistakes that analyzers of the field make, and that this one must not.

// A path with a hop that shares its first bytes with a node, and no more, is
// none of the node's; nor is one with a hop that two relays have.
func TestPathsOfANodeHaveItsOwnHops(t *testing.T) {
	w := newWorld(t)
	a := w.node("a1b2c3", "Ridge", meshcore.RoleRepeater, w.ago(time.Hour))
	b := w.node("a1b2ff", "Twin", meshcore.RoleRepeater, w.ago(time.Hour))
	by := w.observer("NEAR", "Near", "SEA")
	for i, hop := range []meshcore.Hop{b.Key.Hop(3), a.Key.Hop(2), a.Key.Hop(1), a.Key.Hop(3)} {
		p := w.text("Public", i, "Ann", "hello")
		p.PathLen, p.PathBytes = byte((hop.Width()-1)<<6|1), hop.Bytes()
		p.Header = byte(p.Type)<<2 | byte(p.Route)
		w.hear(p, by, w.ago(time.Duration(i+1)*time.Minute), 4)
	}
	w.open()
	var got struct {
		Total int `json:"totalTransmissions"`
		Paths []struct {
			Hops []struct{ Prefix string }
		}
	}
	w.ask("/api/nodes/"+a.Key.String()+"/paths", &got)
	if got.Total != 1 || len(got.Paths) != 1 || !strings.EqualFold(got.Paths[0].Hops[0].Prefix, "A1B2C3") {
		t.Errorf("got %+v", got)
	}
}

// A transmission is relayed once however many copies show it, and a start
// counts the same.
func TestRelayingIsCountedByTransmissions(t *testing.T) {
	w := newWorld(t)
	ridge := w.node("a101", "Ridge", meshcore.RoleRepeater, w.ago(time.Hour))
	for i := range 5 {
		p, _ := w.text("Public", 1, "Ann", "hello").Relayed(ridge.Key)
		p.Header = byte(p.Type)<<2 | byte(p.Route)
		w.hear(p, w.observer("NEAR"+string(rune('A'+i)), "Near", "SEA"), w.ago(time.Minute)+int64(i), 4)
	}
	for range 2 {
		w.open()
		var got apiNodeDetail
		w.ask("/api/nodes/"+ridge.Key.String(), &got)
		if n := got.Node; n.RelayCount1h == nil || *n.RelayCount1h != 1 || *n.RelayCount24h != 1 || !*n.RelayActive {
			t.Errorf("got %+v", n)
		}
	}
}

// A relay that adverts once in a blue moon is not silent while it relays, and
// its hops go on to be its own.
func TestARelayIsNotForgottenBetweenItsAdverts(t *testing.T) {
	w := newWorld(t)
	ridge := w.node("a101", "Ridge", meshcore.RoleRepeater, w.ago(60*24*time.Hour))
	p, _ := w.text("Public", 1, "Ann", "hello").Relayed(ridge.Key)
	p.Header = byte(p.Type)<<2 | byte(p.Route)
	w.hear(p, w.observer("NEAR", "Near", "SEA"), w.ago(time.Minute), 4)
	w.open()
	var status apiStatus
	w.ask("/api/nodes/network-status", &status)
	if status.Active != 1 || status.Total != 1 {
		t.Errorf("got %+v", status)
	}
	var named apiHopNames
	w.ask("/api/resolve-hops?hops=a1", &named)
	if h := named.Resolved["a1"]; h.Name == nil || *h.Name != "Ridge" {
		t.Errorf("got %+v", h)
	}
}

// The width of a node's hops is read behind transport codes too; that of a
// packet which goes no hop says nothing, nor do the bytes of a trace.
func TestWidthsAreReadWhereTheyStand(t *testing.T) {
	w := newWorld(t)
	private := meshcore.FromSeed([32]byte{9})
	key := private.Public()
	by := w.observer("NEAR", "Near", "SEA")
	advert := func(i int) []byte {
		at := w.now.Unix() - int64(i)
		return must(meshcore.SignAdvert(private, meshcore.Advert{Timestamp: uint32(at), Role: meshcore.RoleRepeater, Name: "Ridge", HasName: true})).AppendTo(nil)
	}
	n := w.node(key.String(), "Ridge", meshcore.RoleRepeater, w.ago(time.Hour))
	n.HopWidth = 0
	w.st.PutNode(n)
	zeroHop := must(meshcore.NewDirect(meshcore.TypeAdvert, nil, advert(1)))
	zeroHop.PathLen = 2 << 6
	zeroHop.Header = byte(zeroHop.Type)<<2 | byte(zeroHop.Route)
	w.hear(zeroHop, by, w.ago(3*time.Minute), 4)
	trace := meshcore.Packet{Route: meshcore.Direct, Type: meshcore.TypeTrace, Payload: append([]byte{1, 2, 3, 4, 0, 0, 0, 0, 1}, key[:4]...), PathLen: 2, PathBytes: []byte{20, 24}}
	trace.Header = byte(trace.Type)<<2 | byte(trace.Route)
	w.hear(trace, by, w.ago(2*time.Minute), 4)
	w.open()
	var got apiNodeDetail
	w.ask("/api/nodes/"+key.String(), &got)
	if n := got.Node; n.HashSize != nil || n.MultiByteStatus != "unknown" {
		t.Errorf("of a zero-hop advert and a trace: got width %v, %s", n.HashSize, n.MultiByteStatus)
	}
	scoped := meshcore.NewFlood(meshcore.TypeAdvert, 2, advert(2)).Scoped(meshcore.RegionKey("#sea"))
	scoped.Header = byte(scoped.Type)<<2 | byte(scoped.Route)
	w.hear(scoped, by, w.ago(time.Minute), 4)
	w.open()
	w.ask("/api/nodes/"+key.String(), &got)
	if n := got.Node; n.HashSize == nil || *n.HashSize != 2 || n.MultiByteStatus != "confirmed" || n.MultiByteMax != 2 {
		t.Errorf("of a scoped advert: got %+v", n)
	}
}

// Who answers last by a long path says nothing of how well a node is heard: its
// signal is that of those who heard the node itself.
func TestSignalIsOfTheLinkItself(t *testing.T) {
	w, ridge := linked(t)
	far := w.observer("FAR", "Far observer", "PDX")
	for i := range 5 { // through Pass: not Ridge's radio
		p := w.text("Public", i, "Ann", "hello")
		for _, key := range []meshcore.PublicKey{ridge.Key, w.key("c303")} {
			p, _ = p.Relayed(key)
		}
		p.Header = byte(p.Type)<<2 | byte(p.Route)
		w.hear(p, far, w.ago(time.Minute), 40)
	}
	w.open()
	var near apiNeighbors
	w.ask("/api/nodes/"+ridge.Key.String()+"/neighbors", &near)
	for _, n := range near.Neighbors {
		if n.Name == "Far observer" || n.AvgSNR != nil && *n.AvgSNR != -3 {
			t.Errorf("got %+v", n)
		}
	}
}

func (w *world) key(digits string) meshcore.PublicKey {
	w.t.Helper()
	return must(meshcore.ParsePublicKey(digits + strings.Repeat("0", 64-len(digits))))
}

// Means of ratios below 0 are rounded to the nearest, not towards 0.
func TestNegativeMeansAreNotBiased(t *testing.T) {
	for _, c := range []struct {
		mean4 float64
		text  string
		q     int8
		db    float64
	}{{-3.2, "−0.8 dB", -3, -0.8}, {3.2, "+0.8 dB", 3, 0.8}, {-2.8, "−0.7 dB", -3, -0.7}, {0, "+0.0 dB", 0, 0}} {
		snr := snrOfBoth(index.SNR{Count: 2, Mean4: c.mean4}, index.SNR{Count: 1, Mean4: c.mean4})
		if got := meanText(c.mean4); got != c.text || roundQuarter(c.mean4) != c.q || *snr != c.db {
			t.Errorf("%g quarter dB: got %s, %d, %g", c.mean4, got, roundQuarter(c.mean4), *snr)
		}
	}
}

// Windows are of UTC, whatever the zone of the machine or of the viewer.
func TestWindowsKnowNoZone(t *testing.T) {
	utc := time.Date(2026, 5, 1, 2, 30, 0, 0, time.UTC)
	for _, hours := range []int{-11, -7, 0, 9, 14} {
		there := utc.In(time.FixedZone("there", hours*3600))
		if got, want := daysBefore(there, 7), time.Date(2026, 4, 24, 0, 0, 0, 0, time.UTC).UnixMilli(); got != want {
			t.Errorf("%d hours east: got %v", hours, time.UnixMilli(got).UTC())
		}
	}
}

// What an observer says of itself is no packet that it received.
func TestStatusesAreNoPackets(t *testing.T) {
	w := newSimWorld(t)
	want := map[uint32]int64{}
	for _, tx := range w.all {
		for _, o := range tx.Observations {
			want[o.Observer]++
		}
	}
	var got apiObserverList
	w.ask("/api/observers", &got)
	statuses := 0
	for _, o := range got.Observers {
		known, _ := w.st.Observer(o.ID)
		if known.Status != 0 {
			statuses++
		}
		if o.PacketCount == nil || *o.PacketCount != want[known.Num] {
			t.Errorf("%s: got %v packets, want %d", o.Name, o.PacketCount, want[known.Num])
		}
	}
	if statuses == 0 {
		t.Error("no observer sent a status: the test shows nothing")
	}
}

// Filters come before pages: a page of a filtered list is full while there are
// more, and its total counts all that match.
func TestPagesAreOfWhatMatches(t *testing.T) {
	w := newSimWorld(t)
	region := w.st.Observers()[0].Region
	var all apiNodeList
	w.ask("/api/nodes?limit=2000&region="+region, &all)
	var keys []string
	for offset := 0; offset < all.Total; offset += 3 {
		var page apiNodeList
		w.ask("/api/nodes?limit=3&region="+region+"&offset="+strconv.Itoa(offset), &page)
		if page.Total != all.Total || len(page.Nodes) != min(3, all.Total-offset) {
			t.Errorf("from %d on: %d nodes of %d, want of %d", offset, len(page.Nodes), page.Total, all.Total)
		}
		for _, n := range page.Nodes {
			keys = append(keys, n.PublicKey)
		}
	}
	for i, n := range all.Nodes {
		if i >= len(keys) || keys[i] != n.PublicKey {
			t.Fatalf("node %d differs", i)
		}
	}
}

// What a path may have led over is asked anew with every question: how many ways
// are wanted, by whom it was heard and when its links were used; and the weight of
// a link is the link's, not the step's.
func TestTheInspectorHeedsItsQuestion(t *testing.T) {
	w, _ := linked(t)
	w.observer("DEAF", "Deaf", "PDX")
	w.open()
	ask := func(more string) (out apiInspected) {
		got := w.postJSON("/api/paths/inspect", `{"prefixes":["b2","a1"]`+more+`}`)
		if err := json.Unmarshal(got.Body.Bytes(), &out); err != nil || got.Code != 200 || len(out.Candidates) == 0 {
			t.Fatalf("%s: %d %s", more, got.Code, got.Body)
		}
		return out
	}
	plain := ask("").Candidates[0]
	if hop := plain.Evidence.PerHop[1]; hop.EdgeWeight < 0.49 || hop.EdgeWeight == hop.Score || plain.Names[0] != "Knoll" || plain.Names[1] != "Ridge" {
		t.Errorf("got %s", mustJSON(plain))
	}
	heard, deaf := ask(`,"context":{"observerId":"DEAF"}`).Candidates[0], ask(`,"context":{"until":"2026-04-01T00:00:00Z"}`).Candidates[0]
	if heard.Score >= plain.Score || deaf.Score >= plain.Score || deaf.Evidence.PerHop[1].EdgeWeight != 0 {
		t.Errorf("plain %v, by who never heard it %v, before its links %s", plain.Score, heard.Score, mustJSON(deaf))
	}
	w.node("a1ff", "Twin", meshcore.RoleRepeater, w.ago(time.Hour))
	w.open()
	for _, limit := range []int{1, 2, 1} {
		if n := len(ask(fmt.Sprintf(`,"limit":%d`, limit)).Candidates); n != limit {
			t.Errorf("%d ways, want %d", n, limit)
		}
	}
}

// Nobody sees who writes to whom: a node's peers are the radios that it has links
// with, and what went over these.
func TestPeersAreRadios(t *testing.T) {
	w, ridge := linked(t)
	w.open()
	var got apiAnalytics
	w.ask("/api/nodes/"+ridge.Key.String()+"/analytics", &got)
	if len(got.Peers) != 3 || got.Stats.Peers != 3 || got.PeerTotal != 3 || got.Peers[0].Name != "Knoll" || got.Peers[0].Count != 100 {
		t.Errorf("got %s", mustJSON(got.Peers))
	}
}
