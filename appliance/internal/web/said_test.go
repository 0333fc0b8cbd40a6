package web

import (
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// cut is what stands on a page between two texts.
func cut(t *testing.T, body, from, to string) string {
	t.Helper()
	_, rest, begun := strings.Cut(body, from)
	part, _, ended := strings.Cut(rest, to)
	if !begun || !ended {
		t.Fatalf("no %q … %q on the page", from, to)
	}
	return part
}

// What an observer that is there said last still is so; of one that is down, the
// last word counts.
func TestSpellThatGoesOnHasNoEnd(t *testing.T) {
	w := newWorld(t)
	began, told := w.ago(5*time.Hour), w.ago(40*time.Minute)
	past := &mesh.ObserverPast{
		Regions:   []mesh.Spell[string]{{Value: "PDX", From: w.ago(9 * time.Hour), To: w.ago(6 * time.Hour)}, {Value: "SEA", From: began, To: told}},
		Firmwares: []mesh.Spell[string]{{Value: "v1.15", From: began, To: told}},
	}
	for _, id := range []string{"HERE", "GONE"} {
		o := w.observer(id, id, "SEA")
		o.Past = past
		if id == "GONE" {
			o.Online, o.Status = mesh.No, w.ago(25*time.Minute)
		}
		w.st.PutObserver(o)
	}
	n := w.node("aa01", "Ridge", meshcore.RoleRepeater, w.ago(time.Hour))
	n.Past = &mesh.NodePast{Names: []mesh.Spell[string]{{Value: "Ridge", From: n.FirstAdvert, To: n.LastAdvert}}}
	w.st.PutNode(n)
	w.open()
	const end = "</section>"
	if got := cut(t, w.has("/observers/HERE", 200), `id="past"`, end); strings.Count(got, "still") != 2 || !strings.Contains(got, "06:30:00") || strings.Contains(got, "11:50:00") {
		t.Errorf("an observer that is there: %s", got)
	}
	if got := cut(t, w.has("/observers/GONE", 200), `id="past"`, end); strings.Contains(got, "still") || strings.Count(got, "12:05:00.000 UTC") != 2 {
		t.Errorf("an observer that is down: %s", got)
	}
	if got := cut(t, w.has("/nodes/"+n.Key.String(), 200), `id="past"`, end); strings.Count(got, "still") != 1 {
		t.Errorf("a node: %s", got)
	}
}

// A node's clock is told in one place: by what proven clocks heard, else by its
// last advert.
func TestNodeClockIsToldOnce(t *testing.T) {
	w := newWorld(t)
	n := w.node("aa01", "Ridge", meshcore.RoleRepeater, w.ago(time.Hour))
	n.Timestamp += 4 * 3600
	w.st.PutNode(n)
	w.open()
	body := w.has("/nodes/"+n.Key.String(), 200, "!Own clock", "!Off by", "At its last advert", "No observer whose clock has proven itself")
	if c := strings.Count(body, "4 h 0 m ahead"); c != 1 {
		t.Errorf("said %d times", c)
	}
}
