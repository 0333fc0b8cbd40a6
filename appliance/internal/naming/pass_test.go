package naming

import (
	"context"
	"testing"
	"time"

	"hilltop/appliance/internal/gate"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// place stores a copy of a flood that was heard at a time and arrived at another.
func place(t *testing.T, s *store.Store, n byte, observer uint32, at, arrived int64, path ...byte) store.Placement {
	t.Helper()
	p := s.Place(store.Copy{Hash: meshcore.Hash{n, 1}, Type: meshcore.TypeTxtMsg, Payload: []byte{1, 2, 3, 4, 5, n}, Obs: mesh.Observation{
		At: at, Arrived: arrived, Observer: observer, Header: byte(meshcore.TypeTxtMsg)<<2 | byte(meshcore.Flood),
		PathLen: byte(len(path)), Path: path, SNR4: mesh.NoSNR, Score: mesh.NoScore,
	}})
	if p.Duplicate {
		t.Fatal("the copy is there already")
	}
	return p
}

// Copies that came in several times after the Namer's end are all found.
func TestLateCopiesAreFoundAfterAStart(t *testing.T) {
	s, err := store.Open(store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Load(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	const start = 498_000 * mesh.HourMS
	first := place(t, s, 1, 1, start, start, 0xA0)
	for i := range byte(4) {
		place(t, s, 1, 2+uint32(i), start+1000, start+int64(i+1)*mesh.HourMS/4, 0xA0, 0xB0+i)
	}
	loaded := gate.New[store.Store]("load")
	loaded.Set(s)
	for _, when := range []string{"at first", "once more"} {
		n := New(Options{Store: loaded, Threshold: 0.9})
		n.begin(s)
		n.Now(start + 2*mesh.HourMS)
		n.takeDue(t.Context(), false)
		var e entry
		if h := n.names.hours[498_000]; h == nil || !h.unpack(s.Decided(498_000), first.ID, &e) || e.in != 5 || len(e.nodes) != 5 || e.decided != start+mesh.HourMS+waitMS {
			t.Fatalf("%s: %+v", when, e)
		}
	}
}

// within gives a Namer in the middle of naming an hour once more.
func within(t *testing.T) (n *Namer, s *store.Store, hour uint32) {
	t.Helper()
	s, err := store.Open(store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.Load(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	const start = 498_000 / hoursADay * hoursADay * mesh.HourMS // of a day
	for i := range byte(3 * passSteps) {
		place(t, s, i, 1, start+int64(i)*1000, start+int64(i)*1000, 0xA0, 0xB0)
	}
	loaded := gate.New[store.Store]("load")
	loaded.Set(s)
	n, hour = New(Options{Store: loaded, Threshold: 0.9}), mesh.HourOf(start)
	n.begin(s)
	n.Now(start + mesh.HourMS)
	n.takeDue(t.Context(), false)
	n.Now(passOf(hour) + 1000)
	n.takeDue(t.Context(), false)
	if n.pass == nil {
		t.Fatal("no pass was begun")
	}
	for n.pass.stage != renaming || n.pass.out == nil {
		n.stepPass()
	}
	return n, s, hour
}

// Where others want the machine, the pass rests between its slices however
// often it could go on; for a recording it does not.
func TestPassRests(t *testing.T) {
	n, _, _ := within(t)
	left := len(n.pass.ids)
	n.passNext = time.Now().Add(time.Hour)
	if turn := n.passTurn(t.Context()); turn == nil || len(n.pass.ids) != left {
		t.Fatalf("%d transmissions are left, want %d", len(n.pass.ids), left)
	}
	n.passNext = time.Time{}
	if n.passTurn(t.Context()) == nil || !n.passNext.After(time.Now().Add(-time.Minute)) || n.pass != nil && len(n.pass.ids) == left {
		t.Fatalf("the slice was not done, or the next is not to wait: %v", n.passNext)
	}
	n, _, _ = within(t)
	n.o.Recorded = true
	for n.pass != nil {
		select {
		case <-n.passTurn(t.Context()):
		default:
			t.Fatal("the pass over a recording rests")
		}
	}
	if n.passTurn(t.Context()) != nil {
		t.Fatal("a pass that is over has a turn")
	}
}

// A copy that comes in while its hour is being named once more is in the names
// that the pass leaves, and so is a transmission that comes in then.
func TestPassKeepsWhatComesMeanwhile(t *testing.T) {
	n, s, hour := within(t)
	start := mesh.HourStart(hour)
	id := n.names.hours[hour].all()[0]
	if !n.pass.out.h.has(id) || len(n.pass.ids) == 0 {
		t.Fatal("the pass is not within the hour")
	}
	late := passOf(hour) + mesh.HourMS
	p := place(t, s, 0, 2, start+5000, late, 0xA0, 0xB0, 0xC0)
	if p.ID != id {
		t.Fatalf("the late copy is in %d, want %d", p.ID, id)
	}
	n.Saw(p.ID, p.Hour, p.First, p.New, late)
	fresh := place(t, s, 200, 2, start+6000, late, 0xD0)
	n.Saw(fresh.ID, fresh.Hour, fresh.First, fresh.New, late)
	n.Now(late + mesh.HourMS)
	n.takeDue(t.Context(), false)
	if n.pass == nil {
		t.Fatal("the pass is over already")
	}
	n.endPass(context.Background())
	for id, want := range map[uint64]entry{
		id:       {in: 2, passed: true, decided: late + waitMS, nodes: make([]name, 3)},
		fresh.ID: {in: 1, decided: late + waitMS, nodes: make([]name, 1)},
	} {
		var e entry
		if !n.names.hours[hour].unpack(s.Decided(hour), id, &e) || e.in != want.in || e.passed != want.passed || e.decided != want.decided || len(e.nodes) != len(want.nodes) {
			t.Errorf("%d: %+v, want %+v", id, e, want)
		}
	}
	if !n.names.hours[hour].passed || s.Again() != "" || n.passAt != 0 {
		t.Errorf("passed %v, again %d bytes, next pass at %d", n.names.hours[hour].passed, len(s.Again()), n.passAt)
	}
	again, whole := readHour(hour, s.Decided(hour))
	if !whole || !again.passed || len(again.ids) != 3*passSteps+1 {
		t.Errorf("whole %v, passed %v, %d entries", whole, again.passed, len(again.ids))
	}
}
