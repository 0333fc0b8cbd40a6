package naming

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hilltop/appliance/internal/gate"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/observer"
	"hilltop/firmware-bridge/simmesh"
)

// fillHours stores what a mesh of 100 nodes sends in the last hours of a day.
func fillHours(t *testing.T, s *store.Store, observations int) {
	t.Helper()
	cfg := simmesh.DefaultConfig()
	cfg.Seed, cfg.Nodes, cfg.Observers, cfg.Hours, cfg.Observations = 9, 100, 10, 3.2, observations
	cfg.Start = time.Date(2026, 11, 16, 20, 30, 0, 0, time.UTC)
	observers := map[string]uint32{}
	err := simmesh.GenerateHeard(cfg, func(m simmesh.Message, _ *simmesh.Heard) error {
		p := observer.Parse(observer.Envelope{Source: "sim", Topic: m.Topic, Payload: m.Payload, Arrived: m.At}, observer.Options{})
		if p.Kind != observer.KindPacket || p.Packet.Frame == nil || p.Packet.Direction == observer.TX {
			return nil
		}
		if _, known := observers[m.Topic]; !known {
			observers[m.Topic] = uint32(len(observers))
		}
		f := p.Packet.Packet
		c := store.Copy{Hash: p.Packet.Hash, Type: f.Type, Payload: f.Payload, Obs: mesh.Observation{
			At: m.At.UnixMilli(), Arrived: m.At.UnixMilli(), Observer: observers[m.Topic], Header: f.Header, Transport: f.Transport,
			PathLen: f.PathLen, Path: f.PathBytes, SNR4: mesh.NoSNR, Score: mesh.NoScore,
		}}
		if f.Type == meshcore.TypeAdvert {
			_, reason := index.CheckAdvert(f.Payload)
			c.Verified = reason == ""
		}
		s.Place(c)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// openNamer is a Namer over a data directory, which has found everything that
// was decided.
func openNamer(t *testing.T, dir string) (*Namer, *store.Store) {
	t.Helper()
	s, err := store.Open(store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.Load(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	loaded := gate.New[store.Store]("load")
	loaded.Set(s)
	n := New(Options{Store: loaded, Threshold: 0.9})
	n.begin(s)
	return n, s
}

func decidedHours(s *store.Store) map[uint32]string {
	all := map[uint32]string{}
	for _, hour := range s.DecidedHours() {
		all[hour] = s.Decided(hour)
	}
	return all
}

// onDisk copies what a machine that stops now would find.
func onDisk(t *testing.T, s *store.Store, dir string) string {
	t.Helper()
	if err := s.Flush(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err == nil && f.Name() != "lock" && f.Name() != "owner" {
			err = os.WriteFile(filepath.Join(to, f.Name()), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// A machine that stops at any frame of a day's pass finds of each hour the old
// names or the new ones, never some of each, and the model where the names are.
// What it does then ends as if it had not stopped.
func TestPassKilledAtEachFrame(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	fillHours(t, s, 8000)
	if err := s.Flush(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	s.Close()
	n, s := openNamer(t, dir)
	last := s.Counts().To
	due := passOf(mesh.HourOf(last - 12*60_000))
	n.Now(last + mesh.HourMS)
	n.takeDue(t.Context(), false)
	for _, hour := range s.Hours() {
		if _, err := s.Seal(hour); err != nil {
			t.Fatal(err)
		}
	}
	old := decidedHours(s)
	n.Now(due + 1000)
	n.takeDue(t.Context(), false)
	if n.pass == nil || len(old) < 4 {
		t.Fatalf("no pass was begun over %d hours", len(old))
	}
	type stop struct {
		dir   string
		names map[uint32]string
		again bool
	}
	var stops []stop
	for state := ""; ; {
		names, again := decidedHours(s), s.Again()
		now := again
		for _, hour := range slices.Sorted(maps.Keys(names)) {
			now += names[hour]
		}
		if now != state {
			stops, state = append(stops, stop{onDisk(t, s, dir), names, again != ""}), now
		}
		if n.pass == nil {
			break
		}
		n.stepPass()
	}
	final := decidedHours(s)
	n.names.mu.RLock()
	model := n.model.AppendTo(nil)
	n.names.mu.RUnlock()
	if len(stops) < len(old)+2 || stops[0].names[mesh.HourOf(last)] != old[mesh.HourOf(last)] || stops[len(stops)-1].again {
		t.Fatalf("the pass over %d hours was %d frames", len(old), len(stops))
	}
	changed := 0
	for i, at := range stops {
		n, s := openNamer(t, at.dir)
		for hour, names := range decidedHours(s) {
			if names != at.names[hour] || names != old[hour] && names != final[hour] {
				t.Fatalf("frame %d: hour %d has neither its old names nor its new ones", i, hour)
			}
			if h := n.names.hours[hour]; h == nil || h.passed != (names == final[hour] && passOf(hour) <= due) || h.size != len(names) {
				t.Fatalf("frame %d: hour %d was read as %+v", i, hour, h)
			}
			if names != old[hour] {
				changed++
			}
		}
		if !bytes.Equal(n.model.AppendTo(nil), model) {
			t.Fatalf("frame %d: the model is not where the names are", i)
		}
		n.Now(due + 1000)
		n.takeDue(t.Context(), false)
		n.endPass(t.Context())
		if got := decidedHours(s); !maps.Equal(got, final) || s.Again() != "" {
			t.Fatalf("frame %d: what was left ends otherwise", i)
		}
	}
	if changed < 10 {
		t.Fatalf("%d hours had new names: the test shows little", changed)
	}
}
