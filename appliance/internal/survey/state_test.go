package survey

import (
	"fmt"
	"log/slog"
	"reflect"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// until is in the middle of a day of UTC, so links of that day come before and after.
const until = start + 6*hourMs

// placed has a node say where it is, and in hops of which width.
func (w *world) placed(i int, at int64, p mesh.Place, width uint8) {
	n := &w.nodes[i]
	var past mesh.NodePast
	if n.Past != nil {
		past = *n.Past
	}
	past.Places, past.Widths = mesh.Tell(past.Places, at, p, meshcore.Hash{}), mesh.Tell(past.Widths, at, width, meshcore.Hash{})
	n.HasPosition, n.LatE6, n.LonE6, n.HopWidth, n.Past, n.LastAdvert = true, p.LatE6, p.LonE6, width, &past, at
}

func placedMesh() *world {
	w := meshOfRelays()
	for i := range w.nodes {
		w.placed(i, start, mesh.Place{LatE6: w.nodes[i].LatE6, LonE6: w.nodes[i].LonE6}, 1)
	}
	return w
}

// later are facts that came after the survey's hours, each of which would change it.
var later = map[string]func(*world){
	"links": func(w *world) {
		for i := range 5 {
			w.flood(until+int64(i), fmt.Sprint("between line and island ", i), copyOf{1, 1, "abcdef"})
		}
	},
	"a place": func(w *world) { w.placed(3, until, mesh.Place{LatE6: 52_000_000, LonE6: -122_000_000}, 1) },
	"a width": func(w *world) { w.placed(0, until, mesh.Place{LatE6: 47_000_000, LonE6: -122_000_000}, 2) },
	"another node": func(w *world) {
		w.node(key('x'), 60, 10)
		n := &w.nodes[len(w.nodes)-1]
		n.Role, n.FirstAdvert, n.LastAdvert = meshcore.RoleCompanion, until, until
	},
}

// A process that starts after such facts surveys what one before them surveyed.
func TestSurveyIsNotChangedByWhatComesAfter(t *testing.T) {
	survey := func(w *world, to int64) (*Board, state) {
		sources := w.built(t)
		board, err := sources.Make(t.Context(), to)
		if err != nil {
			t.Fatal(err)
		}
		return board, sources.state(to)
	}
	want, wantState := survey(placedMesh(), until)
	if r, ok := want.Worth(key('c')); !ok || r.Bridge == 0 || len(want.Places) != 6 || want.Relays[0].Width != 1 {
		t.Fatalf("got %+v of %+v", r, want)
	}
	next, _ := survey(placedMesh(), until+hourMs)
	for name, tell := range later {
		w := placedMesh()
		tell(w)
		got, gotState := survey(w, until)
		if !reflect.DeepEqual(got, want) || gotState != wantState {
			t.Errorf("%s: got %+v, %+v\nwant %+v, %+v", name, got, gotState, want, wantState)
		}
		if got, _ = survey(w, until+hourMs); reflect.DeepEqual(got, next) {
			t.Errorf("%s: nothing changes an hour later either", name)
		}
	}
}

// What has no past is as it is now, so it changes a survey at once.
func TestSurveyIsMadeAgainForWhatHasNoPast(t *testing.T) {
	for name, tell := range map[string]func(*world){
		"another relay": func(w *world) { w.node(key('a', 7), 0, 0); w.nodes[6].FirstAdvert = until },
		"a role":        func(w *world) { w.nodes[1].Role = meshcore.RoleCompanion },
		"a preset":      func(w *world) { w.observers[0].Radio.SF = 12 },
		"a place, late": func(w *world) { w.placed(3, until-1, mesh.Place{LatE6: 52_000_000, LonE6: -122_000_000}, 1) },
		"a flood, late": func(w *world) { w.flood(start, "late", copyOf{1, 1, "abcd"}) },
		"a stay that lasts": func(w *world) { // long enough for the place to be believed
			w.placed(5, until+7*hourMs, mesh.Place{LatE6: 49_500_000, LonE6: -122_000_000}, 1)
		},
	} {
		w := placedMesh()
		w.observers = []mesh.Observer{{Num: 1, ID: "one", Radio: mesh.Radio{FreqKHz: 869_618, BWHz: 62_500, SF: 8, CR: 8}}}
		w.placed(5, until-2, mesh.Place{LatE6: 47_500_000, LonE6: -122_000_000}, 1)
		w.placed(5, until-1, mesh.Place{LatE6: 49_500_000, LonE6: -122_000_000}, 1)
		s := Surveyor{Now: func() time.Time { return time.UnixMilli(until).Add(closing) }, Log: slog.New(slog.DiscardHandler)}
		s.survey(t.Context(), w.built(t))
		before := s.Board()
		s.survey(t.Context(), w.built(t))
		if s.Board() != before {
			t.Fatal("made again without need")
		}
		tell(w)
		s.survey(t.Context(), w.built(t))
		if after := s.Board(); reflect.DeepEqual(after, before) {
			t.Errorf("%s: got the survey of before", name)
		}
	}
}
