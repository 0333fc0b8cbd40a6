package naming

import (
	"slices"
	"sync"

	"hilltop/appliance/internal/resolve"
)

// provisionalMost is how many floods are remembered.
const provisionalMost = 256

// provisional remembers what the model says of floods that are not decided, of
// one state of it: pages show the newest again and again.
type provisional struct {
	mu    sync.Mutex
	state uint64             // guarded by mu; the model's version
	said  map[uint64]*answer // guarded by mu; by the transmission's number
}

// answer is what a model says of a flood. It never changes.
type answer struct {
	flood  resolve.Flood
	naming resolve.Naming
}

// get gives what is remembered of a flood in a state of the model; nil if nothing
// is.
func (p *provisional) get(state, id uint64, f *resolve.Flood) *resolve.Naming {
	p.mu.Lock()
	var a *answer
	if p.state == state {
		a = p.said[id]
	}
	p.mu.Unlock()
	if a == nil || !sameFlood(&a.flood, f) {
		return nil
	}
	return &a.naming
}

// put remembers what the model says in a state of it.
func (p *provisional) put(state, id uint64, f *resolve.Flood, said *resolve.Naming) {
	a := &answer{*f, resolve.Naming{Nodes: slices.Clone(said.Nodes), Splits: slices.Clone(said.Splits)}}
	a.flood.Nodes, a.flood.Reports = slices.Clone(f.Nodes), slices.Clone(f.Reports)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.said == nil || p.state != state {
		p.state, p.said = state, map[uint64]*answer{}
	}
	for other := range p.said {
		if len(p.said) < provisionalMost {
			break
		}
		delete(p.said, other)
	}
	p.said[id] = a
}

func sameFlood(a, b *resolve.Flood) bool {
	return a.At == b.At && a.Width == b.Width && a.Origin == b.Origin && slices.Equal(a.Nodes, b.Nodes) && slices.Equal(a.Reports, b.Reports)
}
