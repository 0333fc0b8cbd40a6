package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
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

// Twenty times the power is cut under load: every start succeeds, no more than
// an interval is lost, and every number is what the remaining data says.
func TestPowerCutsLoseAtMostAnInterval(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	config := filepath.Join(t.TempDir(), "hilltop.toml")
	if err := os.WriteFile(config, []byte("[snapshot]\ninterval = \"1s\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const cuts = 20
	seed := rand.New(rand.NewPCG(7, 11))
	kept := 0
	for cut := range cuts {
		p := start(t, startOptions{dir: dir, args: []string{"--config", config}})
		p.ready()
		held := p.stats().TotalObservations
		if held < kept {
			t.Fatalf("start %d: %d observations are left of the %d that were older than an interval", cut, held, kept)
		}
		// Load: other traffic each time, published by another process.
		corpus := corpusFile(t, uint64(100+cut), 6_000)
		load := exec.Command(binary, "replay", "--speed", "2000", "--to", "mqtt://"+p.broker, corpus)
		if err := load.Start(); err != nil {
			t.Fatal(err)
		}
		life := time.Duration(2200+seed.IntN(1500)) * time.Millisecond
		began := time.Now()
		for time.Since(began) < life {
			// What is counted now is durable an interval, and the time of one
			// write, later.
			if left := life - time.Since(began); left > 1900*time.Millisecond {
				kept = max(kept, p.stats().TotalObservations)
			}
			time.Sleep(50 * time.Millisecond)
		}
		p.kill()
		load.Process.Kill()
		load.Wait()
	}
	p := start(t, startOptions{dir: dir})
	p.ready()
	s := p.stats()
	if s.TotalObservations < kept || s.TotalObservations == 0 {
		t.Fatalf("after %d power cuts %d observations are left, want at least %d", cuts, s.TotalObservations, kept)
	}
	_, body := p.get("/system")
	if strings.Contains(body, "damaged") {
		t.Error("a power cut is no damage, but /system names damaged files")
	}
	p.stop()
	// A clean stop and start changes no number.
	again := start(t, startOptions{dir: dir})
	again.ready()
	if got := again.stats(); fmt.Sprint(got) != fmt.Sprint(s) {
		t.Errorf("after a restart the numbers are %+v, before it %+v", got, s)
	}
}
