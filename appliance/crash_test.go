package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// corpusFile writes a recording of the simulated mesh with the program's own
// simulator.
func corpusFile(t *testing.T, traffic uint64, observations int) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "corpus.jsonl")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := writeTestCorpus(f, traffic, observations); err != nil {
		t.Fatal(err)
	}
	return name
}

// diskAnswer is what /api/stats says at one moment of the process's own clock.
type diskAnswer struct {
	statsAnswer
	UptimeSeconds float64
	Snapshot      struct {
		Frame        uint64
		Observations int
		AgeSeconds   float64
		TookSeconds  float64
	}
}

// life is what one process said of itself until its power was cut.
type life struct {
	p       *process
	samples []diskAnswer
	cut     float64 // of the newest frame on disk, by the process's uptime
	age     float64 // the greatest, of the newest cut on disk
}

// look takes a sample, and compares what was counted before the newest frame
// on disk was cut with what that frame is said to hold.
func (l *life) look() diskAnswer {
	l.p.t.Helper()
	var s diskAnswer
	l.p.await("/api/stats", func() bool { return l.p.getJSON("/api/stats", &s) })
	l.age = max(l.age, s.Snapshot.AgeSeconds)
	if s.Snapshot.Observations > s.TotalObservations {
		l.p.t.Errorf("%d observations are on disk, but %d are held", s.Snapshot.Observations, s.TotalObservations)
	}
	if at := s.UptimeSeconds - s.Snapshot.AgeSeconds; at > l.cut {
		l.cut = at
		for _, before := range l.samples {
			if before.UptimeSeconds < at && before.TotalObservations > s.Snapshot.Observations {
				l.p.t.Errorf("frame %d, cut at %.3f s, holds %d observations; at %.3f s %d were counted",
					s.Snapshot.Frame, at, s.Snapshot.Observations, before.UptimeSeconds, before.TotalObservations)
			}
		}
	}
	l.samples = append(l.samples, s)
	return s
}

// snapshot has a frame cut, and gives the newest on disk and how many
// observations it holds.
func (l *life) snapshot(token string) (frame uint64, observations int) {
	l.p.t.Helper()
	r, err := http.NewRequest(http.MethodPost, "http://"+l.p.http+"/api/admin/snapshot", nil)
	if err != nil {
		l.p.t.Fatal(err)
	}
	r.Header.Set("X-API-Key", token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		l.p.t.Fatal(err)
	}
	defer resp.Body.Close()
	var v struct {
		Frame        uint64
		Observations int
	}
	if err := json.NewDecoder(resp.Body).Decode(&v); err != nil || resp.StatusCode != http.StatusOK {
		l.p.t.Fatalf("snapshot: status %d, %v", resp.StatusCode, err)
	}
	return v.Frame, v.Observations
}

// sound checks that different answers of a start count the same, and that none
// calls what a power cut leaves damaged.
func (l *life) sound() {
	l.p.t.Helper()
	ask := func(path string, into any) {
		if !l.p.getJSON(path, into) {
			l.p.t.Fatalf("%s: no answer", path)
		}
	}
	// listed sums a list of packets up, all its pages.
	listed := func(path string) (rows, copies int) {
		for total := 1; rows < total; {
			var page struct {
				Total   int
				Packets []struct {
					ObservationCount int `json:"observation_count"`
				}
			}
			ask(fmt.Sprintf("%s&offset=%d", path, rows), &page)
			if total = page.Total; len(page.Packets) == 0 {
				break
			}
			rows += len(page.Packets)
			for _, p := range page.Packets {
				copies += p.ObservationCount
			}
		}
		return rows, copies
	}
	var s statsAnswer
	ask("/api/stats", &s)
	var observers struct {
		Observers []struct {
			PacketCount int `json:"packet_count"`
		}
	}
	ask("/api/observers", &observers)
	reported := 0
	for _, o := range observers.Observers {
		reported += o.PacketCount
	}
	rows, copies := listed("/api/packets?limit=10000")
	_, grouped := listed("/api/packets?limit=10000&groupByHash=true")
	if rows != s.TotalTransmissions || copies != s.TotalObservations || grouped != copies || reported != copies {
		l.p.t.Errorf("%d transmissions and %d observations are counted; listed are %d with %d, by hash %d, by observer %d",
			s.TotalTransmissions, s.TotalObservations, rows, copies, grouped, reported)
	}
	if _, body := l.p.get("/system"); strings.Contains(body, "damaged") {
		l.p.t.Error("a power cut is no damage, but /system names damaged files")
	}
}

// Twenty times the power is cut under load: every start succeeds and finds what
// the process before said that was on disk; and what it said was everything
// that it had counted when the newest frame was cut; and all answers count the
// same. (How far apart the cuts
// lie, and how soon they are on disk, is proven with a clock of its own beside
// the recorder and the store.)
func TestPowerCutsLoseNothingThatIsOnDisk(t *testing.T) {
	const cuts, token = 20, "a token for the test"
	hash, err := bcrypt.GenerateFromPassword([]byte(token), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "data")
	config := filepath.Join(t.TempDir(), "hilltop.toml")
	text := fmt.Sprintf("admin_token_hash = %q\n[snapshot]\ninterval = \"1s\"\n", hash)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	seed := rand.New(rand.NewPCG(7, 11))
	kept := 0
	var frame uint64
	for cut := range cuts {
		l := life{p: start(t, startOptions{dir: dir, args: []string{"--config", config}})}
		l.p.ready()
		l.sound() // nothing has come in yet
		s := l.look()
		if s.TotalObservations < kept || s.Snapshot.Frame < frame {
			t.Fatalf("start %d: frame %d and %d observations are left of frame %d and the %d that were on disk",
				cut, s.Snapshot.Frame, s.TotalObservations, frame, kept)
		}
		// Load: other traffic each time, published by another process.
		corpus := corpusFile(t, uint64(100+cut), 6_000)
		load := exec.Command(binary, "replay", "--speed", "2000", "--to", "mqtt://"+l.p.broker, corpus)
		if err := load.Start(); err != nil {
			t.Fatal(err)
		}
		before := s.Snapshot.Observations
		l.p.await("frames under load", func() bool { s = l.look(); return s.Snapshot.Observations > before })
		// Then the power goes, at any moment between two frames.
		for end := time.Now().Add(time.Duration(seed.IntN(1500)) * time.Millisecond); time.Now().Before(end); {
			s = l.look()
			time.Sleep(20 * time.Millisecond)
		}
		kept, frame = s.Snapshot.Observations, s.Snapshot.Frame
		if cut%4 == 3 {
			frame, kept = l.snapshot(token)
			if kept < s.TotalObservations {
				t.Errorf("a snapshot on demand holds %d of the %d observations that were counted before it", kept, s.TotalObservations)
			}
		}
		l.p.kill()
		load.Process.Kill()
		load.Wait()
		t.Logf("life %d: frame %d, %d observations on disk, %d held; newest cut at most %.2f s old, last write %.3f s",
			cut, frame, kept, s.TotalObservations, l.age, s.Snapshot.TookSeconds)
	}
	p := start(t, startOptions{dir: dir})
	p.ready()
	s := p.stats()
	if s.TotalObservations < kept || s.TotalObservations == 0 {
		t.Fatalf("after %d power cuts %d observations are left, want at least %d", cuts, s.TotalObservations, kept)
	}
	(&life{p: p}).sound()
	p.stop()
	// A clean stop and start changes no number.
	again := start(t, startOptions{dir: dir})
	again.ready()
	if got := again.stats(); fmt.Sprint(got) != fmt.Sprint(s) {
		t.Errorf("after a restart the numbers are %+v, before it %+v", got, s)
	}
}
