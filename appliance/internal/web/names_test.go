package web

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/gate"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/naming"
	"hilltop/appliance/internal/report"
	"hilltop/appliance/internal/store"
)

// named is a world whose hops are named.
func named(t *testing.T) (*simWorld, *naming.Names) {
	t.Helper()
	w := newSimWorld(t)
	loaded := gate.New[store.Store]("load")
	loaded.Set(w.st)
	n := naming.New(naming.Options{Store: loaded, Keys: w.s.Ring, Threshold: 0.9})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { n.Run(ctx); close(done) }()
	x, err := n.Gate().Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	stop()
	<-done
	n.End(true)
	w.s.Names = n.Gate()
	w.s.Gates = append(w.s.Gates, n.Gate())
	return w, x
}

// The API and the page of a packet say the same as the resolver, and the page
// opens every hop.
func TestPacketNames(t *testing.T) {
	w, x := named(t)
	if taken := x.Taken(); taken != w.st.Counts().Transmissions {
		t.Fatalf("%d transmissions were taken", taken)
	}
	namedHops, ambiguous := 0, 0
	for _, tx := range w.all {
		paths := x.Paths(tx)
		for i, hops := range paths.Hops {
			if one := x.Path(tx, i); !slices.Equal(one, hops) {
				t.Fatalf("copy %d of %v alone: want %+v, have %+v", i, tx.Hash, hops, one)
			}
		}
		if paths.Decided == 0 || len(w.st.Packets(tx.Hash)) > 1 {
			continue
		}
		var answer struct {
			Observations []struct {
				ID         int64     `json:"id"`
				Path       []*string `json:"resolved_path"`
				Confidence []float64 `json:"resolved_confidence"`
			} `json:"observations"`
		}
		w.ask("/api/packets/"+tx.Hash.String(), &answer)
		for _, o := range answer.Observations {
			_, num, _ := episodeOf(uint64(o.ID))
			for i, hop := range paths.Hops[num] {
				switch {
				case o.Confidence[i] != hop.P, (o.Path[i] != nil) != hop.Named, hop.Named && *o.Path[i] != hop.Key.String():
					t.Fatalf("packet %s, observation %d, hop %d: %+v", tx.Hash, num, i, hop)
				case hop.Named:
					namedHops++
				default:
					ambiguous++
				}
			}
		}
	}
	if namedHops < 500 || ambiguous < 10 {
		t.Fatalf("%d hops are named and %d ambiguous: the test shows little", namedHops, ambiguous)
	}
}

// The page of a packet opens its hops into candidates whose probabilities make
// one.
func TestPacketPageOpensHops(t *testing.T) {
	w, x := named(t)
	hop := regexp.MustCompile(`<details class="fold" id="hop-`)
	for _, tx := range w.all {
		longest := 0
		for i, o := range tx.Observations {
			if len(o.Path) > len(tx.Observations[longest].Path) {
				longest = i
			}
		}
		paths := x.Paths(tx)
		if n := len(paths.Hops[longest]); n < 3 || len(w.st.Packets(tx.Hash)) > 1 {
			continue
		}
		explained := x.Explain(tx, longest)
		for i, c := range explained {
			sum := 0.0
			for _, one := range c.List {
				sum += one.P
			}
			if sum < 0.99 || sum > 1.01 {
				t.Errorf("candidates of hop %d add up to %v", i, sum)
			}
		}
		body := w.get("/packets/" + tx.Hash.String() + "?obs=" + placeOf(tx, longest)).Body.String()
		if got := len(hop.FindAllString(body, -1)); got != len(explained) || !strings.Contains(body, "Names were decided at") {
			t.Fatalf("packet %s: %d hops open, of %d", tx.Hash, got, len(explained))
		}
		return
	}
	t.Fatal("no packet has three hops")
}

// The page says when names were decided, and that the day's pass did.
func TestPacketPageSaysWhenNamesWereDecided(t *testing.T) {
	for want, passed := range map[string]bool{"UTC, from the copies": false, "UTC, after the day's pass, from the copies": true} {
		d := report.PacketDetail{Receptions: []report.Reception{{Path: report.Path{Hops: make([]report.Hop, 1)}}},
			Relayed: report.Relayed{Hops: make([]naming.Candidates, 1), Decided: 1_790_000_000_000, Passed: passed}}
		if b := relayedBlock(d, time.UnixMilli(1_790_000_100_000)); b == nil || !strings.Contains(b.Text, want) {
			t.Errorf("have %+v, want %q", b, want)
		}
	}
}

func placeOf(tx mesh.Transmission, num int) string {
	b, _ := json.Marshal(tx.ID)
	n, _ := json.Marshal(num)
	return string(b) + "." + string(n)
}

// The system page and the report tell how right names are.
func TestPathsReport(t *testing.T) {
	w, x := named(t)
	if a := x.Audit(); a.Hops == 0 || a.Short == 0 {
		t.Fatal("nothing was audited, or nothing was counted")
	}
	for _, path := range []string{"/reports/paths", "/system"} {
		body := w.get(path).Body.String()
		for _, want := range []string{"Hop names: ", "Right of those named", "1-byte hops they stand for", "Possible relays", "threshold in [resolver]"} {
			if !strings.Contains(body, want) {
				t.Errorf("%s does not say %q", path, want)
			}
		}
	}
	provisional := auditBlock(naming.Audit{Provisional: true, LongShare: 0.01}, 0.9, 5)
	if !strings.Contains(provisional.Warning, "Names are provisional: 1.00 %") || !strings.Contains(provisional.Say, "nothing can be said") {
		t.Errorf("have %+v", provisional)
	}
}
