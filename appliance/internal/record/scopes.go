package record

import (
	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/observer"
)

// scopes learns the names of scopes that an observer says it serves, and that it
// heard of its neighbours. Only a name recognises a scope on the air; one that is
// made up recognises nothing. The parser has taken out what would turn a page round.
func (w *writer) scopes(n *observer.Neighbors) {
	if n == nil {
		return
	}
	learn := func(name string) {
		if full, ok := meshcore.ScopeName(name); ok {
			w.store.LearnScope(full)
		}
	}
	learn(n.DefaultScope)
	for _, name := range n.Scopes {
		learn(name)
	}
	for _, one := range n.List {
		for _, name := range one.Scopes {
			learn(name)
		}
	}
}
