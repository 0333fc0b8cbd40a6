package health

import (
	"math/rand/v2"
	"testing"

	"hilltop/appliance/internal/mesh"
)

// TestListeningCountsMilliseconds holds sums against counting every millisecond.
func TestListeningCountsMilliseconds(t *testing.T) {
	const now = 500
	r := rand.New(rand.NewPCG(7, 7))
	kinds := []string{"stopped", "silent", "source", "disk", "queue", "clock-step"}
	for range 200 {
		var gaps []mesh.Gap
		var deaf [now]bool
		last := int64(0)
		for range r.IntN(8) {
			g := mesh.Gap{From: r.Int64N(now), Kind: kinds[r.IntN(len(kinds))]}
			if g.To = g.From + r.Int64N(120); r.IntN(6) == 0 {
				g.To = 0
			}
			gaps = append(gaps, g)
			if g.Kind != "stopped" && g.Kind != "silent" {
				continue
			}
			to := g.To
			if to == 0 || to > now {
				to = now
			}
			for at := g.From; at < to; at++ {
				deaf[at] = true
			}
			if g.From < to {
				last = max(last, to)
			}
		}
		l := Listened(now, gaps)
		for at := range int64(now) {
			want := int64(0)
			for ms := at; ms < now; ms++ {
				if !deaf[ms] {
					want++
				}
			}
			if got := l.Since(at); got != want {
				t.Fatalf("listened from %d to %d: got %d, want %d; gaps %+v", at, now, got, want, gaps)
			}
			resumed := int64(0)
			if last > at {
				resumed = last
			}
			if got := l.Resumed(at); got != resumed {
				t.Fatalf("resumed after %d: got %d, want %d; gaps %+v", at, got, resumed, gaps)
			}
		}
		if got := l.Since(now + 5); got != -5 {
			t.Fatalf("a time to come: got %d", got)
		}
	}
}

func TestWhatAMachineMissedIsNoSilence(t *testing.T) {
	const now = 1_000 * hourMs
	off := []mesh.Gap{{From: now - 100*hourMs, To: now - hourMs/2, Kind: "stopped"}}
	p := Patience{Quiet: 2 * hourMs, Silent: 6 * hourMs}
	heard := int64(now - 101*hourMs)
	if got := p.State(heard, ListeningAt(now)); got != mesh.NodeSilent {
		t.Errorf("heard 101 hours ago: got %s", got)
	}
	if got := p.State(heard, Listened(now, off)); got != mesh.NodeActive {
		t.Errorf("of 101 hours one and a half were listened: got %s", got)
	}
	if got := p.State(heard, Listened(now+hourMs, off)); got != mesh.NodeQuiet {
		t.Errorf("an hour later: got %s", got)
	}
	if got := p.State(0, Listened(now, off)); got != mesh.NodeSilent {
		t.Errorf("never heard: got %s", got)
	}
}
