package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/observer"
	"hilltop/firmware-bridge/simmesh"
)

// demoCommand serves with a simulated mesh.
type demoCommand struct {
	flags
	Nodes     int     `help:"Nodes of the mesh." default:"300" env:"HILLTOP_NODES"`
	Observers int     `help:"Observers among them." default:"12" env:"HILLTOP_OBSERVERS"`
	Rate      float64 `help:"Messages a second, on average over a day." default:"2" env:"HILLTOP_RATE"`
	Seed      uint64  `help:"The same seed gives the same mesh." default:"1" env:"HILLTOP_SEED"`
	Warm      float64 `help:"Hours of past." default:"6" env:"HILLTOP_WARM"`
}

// demoLimit bounds the size of a simulated mesh: what a board can simulate
// beside everything else.
const demoLimit = 20_000

// Run serves the demo until ctx is done.
func (c *demoCommand) Run(ctx context.Context, std streams) error {
	switch {
	case c.Nodes < 2 || c.Nodes > demoLimit:
		return usageError{fmt.Errorf("--nodes: want 2 to %d, have %d", demoLimit, c.Nodes)}
	case c.Observers < 1 || c.Observers > c.Nodes:
		return usageError{fmt.Errorf("--observers: want 1 to %d, have %d", c.Nodes, c.Observers)}
	case !(c.Rate > 0 && c.Rate <= 1000):
		return usageError{fmt.Errorf("--rate: want more than 0, at most 1000; have %g", c.Rate)}
	case !(c.Warm >= 0 && c.Warm <= 720):
		return usageError{fmt.Errorf("--warm: want 0 to 720 hours, have %g", c.Warm)}
	}
	cfg, err := c.effective()
	if err != nil {
		return err
	}
	if c.Data == "" && cfg.Data == defaultConfig().Data {
		cfg.Data = "data-demo"
	}
	if cfg.Broker.Listen == "off" {
		return usageError{errors.New("--broker off: the simulated mesh publishes to the embedded broker")}
	}
	if len(cfg.Areas) == 0 {
		cfg.Areas = demoAreas()
	}
	return serve(ctx, cfg, setup{kind: store.KindDemo, log: newLogger(std.err, c.LogLevel), demo: c})
}

// demoAreas are two of the simulated mesh, a polygon and a box.
func demoAreas() []AreaConfig {
	return []AreaConfig{
		{Name: "sound", Label: "Puget Sound", Polygon: [][]float64{{46.9, -123.1}, {47.9, -123.0}, {48.3, -122.9}, {48.3, -121.9}, {47.2, -121.7}}},
		{Name: "willamette", Label: "Willamette valley", Box: []float64{43.8, -123.4, 45.9, -122.3}},
	}
}

// simulated is the demo's mesh. What is known of it without simulating anything
// is there at once; the simulation starts when the first page has been served.
type simulated struct {
	cfg   simmesh.Config
	truth simmesh.Truth
	rate  float64
}

// mesh plans the simulated mesh so that its past ends now.
func (c *demoCommand) mesh(now time.Time) (*simulated, error) {
	cfg := simmesh.DefaultConfig()
	cfg.Seed, cfg.TrafficSeed = c.Seed, 0
	cfg.Nodes, cfg.Observers = c.Nodes, c.Observers
	cfg.Hours = max(c.Warm, 0.01)
	cfg.Observations = max(1, int(c.Rate*cfg.Hours*3600))
	cfg.Start = now.Add(-time.Duration(cfg.Hours * float64(time.Hour))).Truncate(time.Second)
	truth, err := simmesh.TruthOf(cfg)
	if err != nil {
		return nil, fmt.Errorf("simulated mesh: %w", err)
	}
	return &simulated{cfg: cfg, truth: truth, rate: c.Rate}, nil
}

// goOnFrom has the past begin where that of an earlier run ends, so that a stop
// leaves no hole. The rate stays.
func (s *simulated) goOnFrom(held time.Time) {
	end := s.cfg.Start.Add(time.Duration(s.cfg.Hours * float64(time.Hour)))
	if !held.After(s.cfg.Start) || !held.Before(end) {
		return
	}
	rate := float64(s.cfg.Observations) / s.cfg.Hours
	s.cfg.Start = held
	s.cfg.Hours = max(end.Sub(held).Hours(), 0.01)
	s.cfg.Observations = max(1, int(rate*s.cfg.Hours))
}

// sourceDemoPast is the name under which the simulated past comes in.
const sourceDemoPast = "simulated past"

// past hands the simulated past to out, up to now, as a recording with its own
// times. The same mesh then goes on live.
func past(live *simmesh.Live, now time.Time, out func(observer.Envelope) error) error {
	for {
		m := live.Next()
		if err := out(observer.Envelope{Source: sourceDemoPast, Topic: m.Topic, Payload: m.Payload, Arrived: m.At}); err != nil {
			return err
		}
		if !m.At.Before(now) {
			return nil
		}
	}
}

// channels are those of the simulated mesh that anyone could read: its
// hashtags. The others stay locked, as in a real mesh.
func (s *simulated) channels() (all []meshcore.Channel) {
	for _, c := range s.truth.Channels {
		if c.Name != "" && c.Name[0] == '#' {
			all = append(all, meshcore.Channel{Name: c.Name, Key: meshcore.HashtagKey(c.Name)})
		}
	}
	return all
}
