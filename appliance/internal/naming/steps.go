package naming

import (
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/resolve"
	"hilltop/firmware-bridge/meshcore"
)

// End is one end of a step.
type End struct {
	Hop   meshcore.Hop       // as it was heard; of width 0 if it is the originator
	Key   meshcore.PublicKey // who it is; valid iff Named
	Named bool               // decided with the threshold's probability; of an originator: it says who it is
}

// Step is one passage of a flood over the air, from radio to radio.
type Step struct {
	From, To    End
	Parent      int // the node of the tree at From, by the place of its own step from 1; 0 is the originator
	Depth       int // hops of the path after it
	Observation int // whose copy it was; -1: To received, and sent it on
}

// Steps calls f for every step of a transmission over which names were decided,
// each once: a relay that repeated another, then the copies that observers
// heard. signed says that it is an advert of a good signature, whose originator
// is known. It is false if nothing was decided of it.
func (x *Names) Steps(tx *mesh.Transmission, signed bool, f func(Step)) bool {
	w := x.works.Get().(*work)
	defer x.works.Put(w)
	if !w.tree.build(tx, len(tx.Observations), x.ring) {
		return false
	}
	if !x.decided(tx, w) {
		return false
	}
	flood := &w.tree.flood
	n := min(len(flood.Nodes), len(w.naming.Nodes))
	at := stepper{names: x, flood: flood, naming: &w.naming, depth: make([]int, n+1)}
	if signed && flood.Origin.HasKey {
		at.origin = End{Key: flood.Origin.Key, Named: true}
	}
	x.mu.RLock()
	var steps []Step
	for node := int32(1); int(node) <= n; node++ {
		steps = append(steps, at.repetition(node))
	}
	for i, report := range w.tree.report {
		if report >= 0 && int(flood.Reports[report].Node) <= n {
			steps = append(steps, at.copy(i, int(report)))
		}
	}
	x.mu.RUnlock()
	for _, s := range steps {
		f(s)
	}
	return true
}

// decided reads what was decided of a transmission into w.
func (x *Names) decided(tx *mesh.Transmission, w *work) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if !x.find(tx.ID, tx.First(), &w.entry) {
		return false
	}
	w.entry.naming(&w.naming)
	return true
}

// stepper makes the steps of one flood.
type stepper struct {
	names  *Names
	flood  *resolve.Flood
	naming *resolve.Naming
	origin End
	depth  []int // by node
}

// repetition is the step that a node of the tree stands for. The names are
// locked.
func (s *stepper) repetition(node int32) Step {
	parent := s.flood.Nodes[node-1].Parent
	s.depth[node] = s.depth[parent] + 1
	return Step{From: s.end(parent, s.naming.Repeated(s.flood, node)), To: s.end(node, s.naming.Nodes[node-1]), Parent: int(parent), Depth: s.depth[node], Observation: -1}
}

// copy is the step that one observer's copy shows. The names are locked.
func (s *stepper) copy(observation, report int) Step {
	node := s.flood.Reports[report].Node
	return Step{From: s.end(node, s.naming.Heard(s.flood, report)), Parent: int(node), Depth: s.depth[node], Observation: observation}
}

func (s *stepper) end(node int32, name resolve.Name) End {
	if node == 0 {
		return s.origin
	}
	e := End{Hop: meshcore.NewHop(s.flood.Nodes[node-1].Hop[:s.flood.Width])}
	if h := s.names.hop(name, false); h.Named {
		e.Key, e.Named = h.Key, true
	}
	return e
}
