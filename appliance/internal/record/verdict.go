package record

import (
	"sync"

	"hilltop/appliance/internal/index"
	"hilltop/firmware-bridge/meshcore"
)

// verdict is whether an advert makes a node.
type verdict struct {
	advert meshcore.Advert
	reason string // why it does not, "" if it does
}

// verdicts remembers the latest verdicts: all copies of an advert have the
// same payload, and a signature is dear to check. It keeps two generations.
type verdicts struct {
	mu       sync.Mutex
	now, old map[meshcore.Hash]verdict // guarded by mu
}

const verdictsKept = 2048 // a generation

func (v *verdicts) check(hash meshcore.Hash, payload []byte) verdict {
	v.mu.Lock()
	found, ok := v.now[hash]
	if !ok {
		found, ok = v.old[hash]
	}
	v.mu.Unlock()
	if ok && string(found.advert.AppData) == string(appData(payload)) {
		return found
	}
	a, reason := index.CheckAdvert(payload)
	found = verdict{a, reason}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.now == nil || len(v.now) >= verdictsKept {
		v.old, v.now = v.now, make(map[meshcore.Hash]verdict, verdictsKept)
	}
	v.now[hash] = found
	return found
}

// appData is the part of an advert's payload behind key, time and signature.
func appData(payload []byte) []byte { return payload[min(len(payload), 100):] }
