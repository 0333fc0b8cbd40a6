package main

import (
	"io"
	"time"

	"hilltop/firmware-bridge/simmesh"
)

// testConfig is a small simulated mesh; other traffic seeds are other traffic in it.
func testConfig(traffic uint64, observations int) simmesh.Config {
	cfg := simmesh.DefaultConfig()
	cfg.Seed, cfg.TrafficSeed = 3, traffic
	cfg.Nodes, cfg.Observers = 120, 10
	cfg.Hours, cfg.Observations = 2, observations
	cfg.Start = time.Now().Add(-2 * time.Hour).Truncate(time.Second)
	return cfg
}

// writeTestCorpus writes a recording of it that ends about now.
func writeTestCorpus(w io.Writer, traffic uint64, observations int) error {
	return simmesh.WriteCorpus(w, testConfig(traffic, observations), nil, nil)
}
