package index

import (
	"cmp"
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// nodePart is an hour that is being made.
type nodePart struct {
	start   int64
	hour    *nodeHour
	sent    []keyAdvert
	numbers hopNumbers
	counts  []hopCount // by number of the hop
	below   []hopCount // by node of the tree: the observations at it and below
}

// keyAdvert is an advert whose node is not looked up yet.
type keyAdvert struct {
	tx  uint64
	key meshcore.PublicKey
	advertSent
}

func newNodePart(hour uint32) *nodePart {
	return &nodePart{start: mesh.HourStart(hour), hour: &nodeHour{}}
}

// add counts a transmission: an observation counts once for each hop on its
// path.
func (p *nodePart) add(t *mesh.Scanned) {
	if key, ok := originOf(t.Type, t.Payload); ok && t.Verified && len(t.Obs) > 0 {
		sent := howSent(t.Obs[0].At, t.Obs[0].Header, t.Obs[0].PathLen)
		if a, err := meshcore.ParseAdvert(t.Payload); err == nil {
			sent.stamp = a.Timestamp
		}
		for i := range t.Obs {
			sent.heard = earlier(sent.heard, t.Obs[i].At, t.Obs[i].Flags)
			sent.where.add(&p.hour.far, t.ID, t.Obs[i].Region)
			sent.passed += uint32(passedBy(t, &t.Obs[i]))
		}
		sent.copies = uint32(len(t.Obs))
		p.sent = append(p.sent, keyAdvert{t.ID, key, sent})
	}
	n := t.Tree.Len()
	p.below = append(p.below[:0], make([]hopCount, n+1)...)
	for i := range t.Obs {
		o := &t.Obs[i]
		if o.Leaf >= 0 {
			p.below[o.Leaf].add(hopCount{1, int64(o.PathLen & 63), o.At})
			continue
		}
		path, ok := heardOwn(t, o)
		if !ok {
			continue
		}
		var seen [meshcore.MaxHops]hopCode
		for i, hop := range path.All() {
			if seen[i] = codeOf(hop); !slices.Contains(seen[:i], seen[i]) {
				p.count(seen[i], hopCount{1, int64(path.Len()), o.At})
			}
		}
	}
	for i := n; i > 0; i-- {
		p.below[t.Tree.Parents[i-1]].add(p.below[i])
		if c := treeCode(&t.Tree, i); !above(&t.Tree, i, c) {
			p.count(c, p.below[i])
		}
	}
}

// above tells whether a hop is on the path to a node: what is below the node is
// counted there.
func above(t *mesh.Tree, n int, c hopCode) bool {
	for n = t.Parent(n); n > 0; n = t.Parent(n) {
		if treeCode(t, n) == c {
			return true
		}
	}
	return false
}

func (p *nodePart) count(c hopCode, n hopCount) {
	i := p.numbers.of(c)
	if int(i) == len(p.counts) {
		p.counts = append(p.counts, hopCount{})
	}
	p.counts[i].add(n)
}

func (p *nodePart) finish() {
	slices.SortFunc(p.sent, func(a, b keyAdvert) int { return cmp.Compare(a.tx, b.tx) })
	p.hour.sent = make([]sentAdvert, 0, len(p.sent))
	order := make([]int, len(p.counts))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(p.numbers.codes[a], p.numbers.codes[b]) })
	p.hour.codes, p.hour.hops = make([]hopCode, 0, len(order)), make([]hopSeen, 0, len(order))
	for _, i := range order {
		n := p.counts[i]
		p.hour.codes = append(p.hour.codes, p.numbers.codes[i])
		p.hour.hops = append(p.hour.hops, hopSeen{uint32(n.copies), uint32(n.passed), int32(n.last - p.start)})
	}
	p.counts, p.below, p.numbers = nil, nil, hopNumbers{}
}
