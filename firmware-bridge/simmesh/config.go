package simmesh

import (
	"fmt"
	"math"
	"time"
)

// Config is what a corpus depends on: the same Config gives the same bytes.
type Config struct {
	Seed         uint64    // of the mesh: nodes, links, channels, regions
	TrafficSeed  uint64    // of what happens in it; 0 for that of Seed
	Nodes        int       // nodes in the mesh, at least 2
	Observers    int       // nodes that report to MQTT, 1 to Nodes
	Hours        float64   // time a corpus spans
	Observations int       // packet messages of a corpus, exactly; status messages come on top
	Start        time.Time // of the first message
	PerTx        float64   // wanted observations per transmission, on average
	RelayDegree  float64   // wanted relay neighbours of a relay, on average; more means denser floods
	Duplicates   float64   // share of messages delivered twice
	Malformed    float64   // share of messages with a [Fault]
	Real         Realism   // what makes paths harder to attribute
}

// DefaultConfig is a day of a mesh of 800 nodes and 50 observers that report
// 100,000 packets, from the start of 2026.
func DefaultConfig() Config {
	return Config{
		Seed: 1, Nodes: 800, Observers: 50, Hours: 24, Observations: 100_000,
		Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		PerTx: 16, RelayDegree: 5, Duplicates: 0.007, Malformed: 0.001,
	}
}

// check completes a Config, or tells what cannot be simulated about it.
func (c *Config) check() error {
	switch {
	case c.Nodes < 2:
		return fmt.Errorf("simulated mesh: %d nodes: want 2 or more", c.Nodes)
	case c.Observers < 1 || c.Observers > c.Nodes:
		return fmt.Errorf("simulated mesh: %d observers: want 1 to %d", c.Observers, c.Nodes)
	case !(c.Hours > 0) || math.IsInf(c.Hours, 1):
		return fmt.Errorf("simulated mesh: %v hours: want more than 0", c.Hours)
	case c.Observations < 1:
		return fmt.Errorf("simulated mesh: %d observations: want 1 or more", c.Observations)
	case !(c.PerTx > 0):
		return fmt.Errorf("simulated mesh: %v observations per transmission: want more than 0", c.PerTx)
	}
	if c.TrafficSeed == 0 {
		c.TrafficSeed = c.Seed
	}
	return nil
}
