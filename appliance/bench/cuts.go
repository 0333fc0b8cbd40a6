package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// counted is what the program says of itself.
type counted struct {
	TotalTransmissions, TotalObservations, TotalNodes, TotalObservers int64
	Snapshot                                                          struct{ Observations int64 }
}

// benchCuts kills the program at random times under load, with an interval of a
// second. Every start must succeed, have what was said to be on disk, and
// count right.
func benchCuts(ctx context.Context, b *bench) error {
	dir, config := filepath.Join(b.work, "cuts"), filepath.Join(b.work, "cuts.toml")
	if err := os.WriteFile(config, []byte("[snapshot]\ninterval = \"1s\"\n"), 0o600); err != nil {
		return err
	}
	seed := rand.New(rand.NewPCG(7, 11))
	var lost, starts []time.Duration
	var durable, seen counted
	for cut := range b.cuts {
		p, err := b.serve(dir, "--config", config)
		if err != nil {
			return err
		}
		o, err := p.ready(ctx)
		if err == nil {
			err = p.sound(durable)
		}
		if err != nil {
			p.kill()
			return fmt.Errorf("start %d: %w", cut+1, err)
		}
		starts = append(starts, o.gate["all"])
		var held counted
		if err := p.ask("/api/stats", &held); err != nil {
			p.kill()
			return err
		}
		if cut > 0 {
			lost = append(lost, time.Duration(max(0, seen.TotalObservations-held.TotalObservations))*time.Second/time.Duration(b.rate))
		}
		durable, seen, err = p.live(ctx, b.rate, uint64(1000+cut), time.Duration(300+seed.IntN(3000))*time.Millisecond)
		if err != nil {
			return fmt.Errorf("life %d: %w", cut+1, err)
		}
	}
	p, err := b.serve(dir, "--config", config)
	if err != nil {
		return err
	}
	defer p.kill()
	if _, err := p.ready(ctx); err != nil {
		return err
	}
	if err := p.sound(durable); err != nil {
		return err
	}
	var t table
	t.add(fmt.Sprintf("power cuts at random times, %s messages/s, interval 1 s", thousands(b.rate)), fmt.Sprint(b.cuts))
	t.add("starts that succeeded, with all that was said to be on disk", fmt.Sprint(len(starts)+1))
	t.add("observations held at the end", thousands(seen.TotalObservations))
	t.add("lost by a cut, in seconds of traffic: median; most", seconds(quantile(lost, 0.5))+"; "+seconds(quantile(lost, 1)))
	t.add("exec to all gates: median; most", seconds(quantile(starts, 0.5))+"; "+seconds(quantile(starts, 1)))
	t.print("what", "figure")
	return nil
}

// live feeds the program for a while and then cuts its power. It gives the
// last that was said to be on disk, and the last that was counted.
func (p *process) live(ctx context.Context, rate int64, traffic uint64, life time.Duration) (durable, seen counted, err error) {
	defer p.kill()
	f, err := startFeed(ctx, p.broker, traffic, rate)
	if err != nil {
		return durable, seen, err
	}
	defer f.stop()
	for end := time.Now().Add(life); time.Now().Before(end) && ctx.Err() == nil; {
		if err := p.ask("/api/stats", &seen); err != nil {
			return durable, seen, err
		}
		durable = seen
		durable.TotalObservations = seen.Snapshot.Observations
		time.Sleep(20 * time.Millisecond)
	}
	return durable, seen, ctx.Err()
}

// sound checks a start: nothing of what was on disk is missing or damaged, and
// different answers count the same.
func (p *process) sound(durable counted) error {
	var s counted
	if err := p.ask("/api/stats", &s); err != nil {
		return err
	}
	if s.TotalObservations < durable.TotalObservations {
		return fmt.Errorf("%d observations, but %d were on disk", s.TotalObservations, durable.TotalObservations)
	}
	var packets, grouped struct {
		Total   int64
		Packets []struct {
			ObservationCount int64 `json:"observation_count"`
		}
	}
	if err := p.ask("/api/packets?limit=1", &packets); err != nil {
		return err
	}
	if err := p.ask("/api/packets?limit=10000&groupByHash=true", &grouped); err != nil {
		return err
	}
	var observers struct {
		Observers []struct {
			PacketCount int64 `json:"packet_count"`
		}
	}
	if err := p.ask("/api/observers", &observers); err != nil {
		return err
	}
	var reported, copies int64
	for _, o := range observers.Observers {
		reported += o.PacketCount
	}
	for _, g := range grouped.Packets {
		copies += g.ObservationCount
	}
	switch {
	case packets.Total != s.TotalTransmissions:
		return fmt.Errorf("%d packets are listed, %d counted", packets.Total, s.TotalTransmissions)
	case reported != s.TotalObservations:
		return fmt.Errorf("observers reported %d observations, %d are counted", reported, s.TotalObservations)
	case grouped.Total <= 10_000 && copies != s.TotalObservations:
		return fmt.Errorf("packets have %d observations, %d are counted", copies, s.TotalObservations)
	}
	status, body, err := p.get("/system")
	if err == nil && (status != 200 || strings.Contains(string(body), "damaged")) {
		err = fmt.Errorf("/system: status %d, or it names damaged files: a power cut is no damage", status)
	}
	return err
}
