package resolve

import (
	"sync"
	"testing"
)

var smallOnce = sync.OnceValues(func() (*corpus, error) {
	cfg := meshConfig("plain", 42)
	cfg.Nodes, cfg.Observers, cfg.Hours, cfg.Observations = 300, 20, 36, 40_000
	return makeCorpus("small", cfg)
})

// smallCorpus is a day and a half of a mesh of 300 nodes. It is shared and must
// not be changed.
func smallCorpus(t *testing.T) *corpus {
	t.Helper()
	c, err := smallOnce()
	if err != nil {
		t.Fatal(err)
	}
	return c
}
