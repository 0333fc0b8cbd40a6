package simmesh

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"runtime"
	"testing"
	"time"
)

// compact is the Config of the corpora whose checksums are kept.
func compact() Config {
	cfg := DefaultConfig()
	cfg.Seed, cfg.Nodes, cfg.Observers, cfg.Hours, cfg.Observations = 7, 120, 10, 2, 3000
	cfg.Duplicates, cfg.Malformed = 0.02, 0.01
	return cfg
}

// harder is compact with everything that makes paths hard to attribute.
func harder() Config {
	cfg := compact()
	cfg.TrafficSeed = 9
	cfg.Real = Realism{
		Located: 0.7, OneByte: 0.5, PosErrorKm: 2, PosWrong: 0.05, Silent: 0.1, CompanionRelays: 0.1, Sites: 0.3,
		ShadowCorr: 0.5, Fade: 3, Drift: 3, Churn: 0.2, Moved: 0.1, Vanity: 0.3, Again: 0.1,
	}
	return cfg
}

// small is a corpus to look into.
func small() Config {
	return Config{
		Seed: 7, TrafficSeed: 7, Nodes: 300, Observers: 25, Hours: 6, Observations: 20_000, PerTx: 10, RelayDegree: 5,
		Duplicates: 0.01, Malformed: 0.005, Start: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
	}
}

func checksum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// TestCorpusKeepsItsBytes holds what a seed means: recordings, measurements
// and bug reports refer to corpora by their Config.
func TestCorpusKeepsItsBytes(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("floating-point results, and the bytes with them, may differ from amd64's")
	}
	for _, c := range []struct {
		name                 string
		cfg                  Config
		corpus, truth, paths string
	}{
		{
			"plain", compact(),
			"b487d91dc2c4e1faafbff500f5cf3c30c944f28f7cd08043eb7eb07b25f0386f",
			"5f9823b22dcfd8180ecf00b559d36d476190d3e0d10b739c7bdb34bb5d037da5",
			"f7f1a0af6af562753cdb2f6ef709043071c91b7f107bdfd951c50b00d98e38a1",
		},
		{
			"harder", harder(),
			"f4eb471982aa83a067f3cd9766b07aade191cf262ae3a0a655110b1afea89b07",
			"6eeeb3ee34d5faa1c3280acc572436e5c5507cbdec35f1322b363e4c1dea21c8",
			"a490d46f6a76251bccd971b37e200a79ad11b1105c7d83d1469515621ca3ab74",
		},
	} {
		var corpus, truth, paths bytes.Buffer
		if err := WriteCorpus(&corpus, c.cfg, &truth, &paths); err != nil {
			t.Fatal(err)
		}
		for _, part := range []struct{ name, got, want string }{
			{"corpus", checksum(corpus.Bytes()), c.corpus},
			{"truth", checksum(truth.Bytes()), c.truth},
			{"paths", checksum(paths.Bytes()), c.paths},
		} {
			if part.got != part.want {
				t.Errorf("%s %s: checksum %s, want %s", c.name, part.name, part.got, part.want)
			}
		}
	}
}
