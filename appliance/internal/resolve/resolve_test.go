package resolve

import (
	"bytes"
	"math/rand/v2"
	"sync"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

const (
	start = int64(1_790_000_000_000)
	later = start + 1800_000
)

func seededFlood(seed uint64) *Flood {
	r := rand.New(rand.NewPCG(seed, 9))
	b := make([]byte, 300)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return randomFlood(b)
}

// twoAlike is a mesh with two relays of one first byte: near repeats what the
// node 11 sends and is heard by observer 1, far repeats 22 and is heard by 2.
// Long hashes have shown it.
func twoAlike() (m *Model, near, far meshcore.PublicKey) {
	m = New()
	near, far = nodeKey(0xA0, 1), nodeKey(0xA0, 2)
	place := func(n mesh.Node, lat int32) mesh.Node {
		n.HasPosition, n.LatE6, n.LonE6 = true, lat, -122_000_000
		return n
	}
	m.Node(place(relayNode(near), 47_050_000))
	m.Node(place(relayNode(far), 48_050_000))
	m.Node(place(relayNode(nodeKey(0x11)), 47_000_000))
	m.Node(place(relayNode(nodeKey(0x22)), 48_000_000))
	m.Observer(1, nodeKey(0x31), mesh.Unknown)
	m.Observer(2, nodeKey(0x32), mesh.Unknown)
	for i := range int64(20) {
		take(m, treeOf(start+i*1000, 2, Origin{HasKey: true, Key: nodeKey(0x11)}, pathCopy{1, 8, []byte{0xA0, 1}}))
		take(m, treeOf(start+i*1000, 2, Origin{HasKey: true, Key: nodeKey(0x22)}, pathCopy{2, 40, []byte{0xA0, 2}}))
	}
	return m, near, far
}

func TestNeighboursTellRelaysOfOneByteApart(t *testing.T) {
	m, near, far := twoAlike()
	f := treeOf(later, 1, Origin{HasKey: true, Key: nodeKey(0x11)}, pathCopy{1, 8, []byte{0xA0}})
	if n := resolved(m, f); lastHop(m, f, n, 0) != near || n.Nodes[0].P < 0.9 {
		t.Errorf("behind 11: %v", n.Nodes)
	}
	f = treeOf(later, 1, Origin{HasKey: true, Key: nodeKey(0x22)}, pathCopy{2, 40, []byte{0xA0}})
	if n := resolved(m, f); lastHop(m, f, n, 0) != far || n.Nodes[0].P < 0.9 {
		t.Errorf("behind 22: %v", n.Nodes)
	}
}

// Without an originator, what the observer hears decides.
func TestObserverTellsRelaysOfOneByteApart(t *testing.T) {
	m, near, far := twoAlike()
	for o, want := range map[uint32]meshcore.PublicKey{1: near, 2: far} {
		f := treeOf(later, 1, Origin{}, pathCopy{o, mesh.NoSNR, []byte{0xA0}})
		if n := resolved(m, f); lastHop(m, f, n, 0) != want {
			t.Errorf("observer %d: %v", o, n.Nodes)
		}
	}
}

// The same prefix at two places of one path is two relays: each is resolved
// where it stands.
func TestOnePrefixTwiceInAPathIsTwoRelays(t *testing.T) {
	m, near, far := twoAlike()
	for i := range int64(20) { // 11 > near > 33 > far
		m.Node(relayNode(nodeKey(0x33)))
		take(m, treeOf(start+i*1000, 2, Origin{HasKey: true, Key: nodeKey(0x11)}, pathCopy{2, 40, []byte{0xA0, 1, 0x33, 0, 0xA0, 2}}))
	}
	f := treeOf(later, 1, Origin{HasKey: true, Key: nodeKey(0x11)}, pathCopy{2, 40, []byte{0xA0, 0x33, 0xA0}})
	path := resolved(m, f).AppendPath(nil, f, 0)
	if named(m, path[0]) != far || named(m, path[1]) != nodeKey(0x33) || named(m, path[2]) != near {
		t.Errorf("path is %v", path)
	}
}

// Two relays of one byte that repeat the same transmission share a tree node;
// each branch names its own.
func TestBranchesOfASharedTreeNodeAreNamedApart(t *testing.T) {
	m, near, far := twoAlike()
	for i := range int64(20) { // far hears 11 now and then, too
		take(m, treeOf(start+i*1000, 2, Origin{HasKey: true, Key: nodeKey(0x11)},
			pathCopy{1, 8, []byte{0xA0, 1}}, pathCopy{2, 40, []byte{0xA0, 2}}))
	}
	f := treeOf(later, 1, Origin{HasKey: true, Key: nodeKey(0x11)}, pathCopy{1, 8, []byte{0xA0}}, pathCopy{2, 40, []byte{0xA0}})
	n := resolved(m, f)
	if lastHop(m, f, n, 0) != near || lastHop(m, f, n, 1) != far || len(n.Splits) == 0 {
		t.Errorf("named %v, splits %v", n.Nodes, n.Splits)
	}
}

func TestOnlyWhoCanRelayIsACandidate(t *testing.T) {
	m := New()
	companion, relay := nodeKey(0xB0, 1), nodeKey(0xB0, 2)
	m.Node(mesh.Node{Key: companion, Role: meshcore.RoleCompanion})
	f := treeOf(start, 1, Origin{}, pathCopy{1, 8, []byte{0xB0}})
	if n := resolved(m, f); n.Nodes[0].Relay != 0 {
		t.Error("a companion is named")
	}
	m.Node(relayNode(relay))
	if n := resolved(m, f); named(m, n.Nodes[0]) != relay {
		t.Error("the only repeater is not named")
	}
	m.Observer(7, relay, mesh.No)
	if n := resolved(m, f); n.Nodes[0].Relay != 0 {
		t.Error("an observer that says it does not relay is named")
	}
	m.Observer(7, relay, mesh.Yes)
	if n := resolved(m, f); named(m, n.Nodes[0]) != relay {
		t.Error("an observer that relays again is not named")
	}
	// A long hash proves that the companion relays after all.
	take(m, treeOf(start, 3, Origin{}, pathCopy{1, 8, []byte{0xB0, 1, 0}}))
	long := treeOf(start, 3, Origin{}, pathCopy{1, 8, []byte{0xB0, 1, 0}})
	if n := resolved(m, long); named(m, n.Nodes[0]) != companion {
		t.Error("a companion that was proven to relay is not named")
	}
}

// A relay that nobody has heard an advert of competes, is never named, and
// keeps what was learned of it when its advert comes.
func TestPhantomCompetesAndBecomesItsNode(t *testing.T) {
	m := New()
	silent := nodeKey(0xC0, 7, 9)
	m.Observer(1, nodeKey(0x31), mesh.Unknown)
	for i := range int64(10) {
		take(m, treeOf(start+i*1000, 2, Origin{}, pathCopy{1, 8, []byte{0xC0, 7}}))
	}
	if all, phantoms := m.Relays(); all != 1 || phantoms != 1 {
		t.Fatalf("%d relays, %d phantoms; want one phantom", all, phantoms)
	}
	f := treeOf(later, 1, Origin{}, pathCopy{1, 8, []byte{0xC0}})
	m.Node(relayNode(nodeKey(0xC0, 8)))
	if n := resolved(m, f); n.Nodes[0].Relay != 0 {
		t.Errorf("named %v though the phantom is likelier", n.Nodes[0])
	}
	id := m.Node(relayNode(silent))
	if all, phantoms := m.Relays(); all != 2 || phantoms != 0 {
		t.Fatalf("%d relays, %d phantoms; want two and none", all, phantoms)
	}
	if n := resolved(m, f); n.Nodes[0].Relay != id {
		t.Errorf("named %v, want %d: it kept nothing", n.Nodes[0], id)
	}
}

func TestPhantomsAreBounded(t *testing.T) {
	m := New()
	for i := range maxPhantoms + 500 {
		take(m, treeOf(start, 3, Origin{}, pathCopy{1, 8, []byte{byte(i >> 8), byte(i), 5}}))
	}
	if _, phantoms := m.Relays(); phantoms != maxPhantoms {
		t.Errorf("%d phantoms, want %d", phantoms, maxPhantoms)
	}
}

func TestPositionZeroIsNone(t *testing.T) {
	m := New()
	id := m.Node(mesh.Node{Key: nodeKey(1), Role: meshcore.RoleRepeater, HasPosition: true})
	if m.ents[id].located {
		t.Error("0,0 counts as a position")
	}
}

// Resolving teaches nothing: a page that asks changes no name.
func TestResolvingLeavesTheModelAlone(t *testing.T) {
	m := crowd()
	teach(m, 5, 300)
	before := m.AppendTo(nil)
	var w Work
	var n Naming
	for seed := range uint64(50) {
		f := seededFlood(seed)
		w.Resolve(m, f, &n)
		w.Explain(m, f, Place{Node: 1, Report: -1})
	}
	if !bytes.Equal(before, m.AppendTo(nil)) {
		t.Error("the model changed")
	}
}

// What a long hash says alone is certain; what the model believes is not, however
// sure it is.
func TestLongHashesThatFitOneAreCertain(t *testing.T) {
	m, near, _ := twoAlike()
	long := treeOf(later, 2, Origin{}, pathCopy{1, 8, []byte{0xA0, 1}})
	if n := resolved(m, long); named(m, n.Nodes[0]) != near || !n.Nodes[0].Certain {
		t.Errorf("long hash: %+v", n.Nodes[0])
	}
	short := treeOf(later, 1, Origin{HasKey: true, Key: nodeKey(0x11)}, pathCopy{1, 8, []byte{0xA0}})
	if n := resolved(m, short); named(m, n.Nodes[0]) != near || n.Nodes[0].Certain {
		t.Errorf("short hash: %+v", n.Nodes[0])
	}
	m.Node(relayNode(nodeKey(0xA0, 1, 9)))
	if n := resolved(m, long); n.Nodes[0].Certain {
		t.Errorf("a long hash that fits two: %+v", n.Nodes[0])
	}
}

// The same copy from two brokers is one copy.
func TestDoubleDeliveryCountsOnce(t *testing.T) {
	m, _, _ := twoAlike()
	one := treeOf(later, 1, Origin{}, pathCopy{1, 8, []byte{0xA0}})
	two := treeOf(later, 1, Origin{}, pathCopy{1, 8, []byte{0xA0}}, pathCopy{1, 8, []byte{0xA0}})
	if a, b := resolved(m, one), resolved(m, two); a.Nodes[0] != b.Nodes[0] {
		t.Errorf("one report %v, the same twice %v", a.Nodes[0], b.Nodes[0])
	}
}

func TestManyResolveAtOnce(t *testing.T) {
	m := crowd()
	teach(m, 8, 300)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			var w Work
			var n Naming
			for seed := range uint64(100) {
				f := seededFlood(seed)
				w.Resolve(m, f, &n)
				checkNaming(t, m, f, &n)
			}
		})
	}
	all.Wait()
}

func TestBrokenFloodsGetNoNames(t *testing.T) {
	m, _, _ := twoAlike()
	for name, f := range map[string]*Flood{
		"parent behind":      {Width: 1, Nodes: []TreeNode{{Parent: 1, Hop: [3]byte{0xA0}}}},
		"negative parent":    {Width: 1, Nodes: []TreeNode{{Parent: -1, Hop: [3]byte{0xA0}}}},
		"width 0":            {Width: 0, Nodes: []TreeNode{{Hop: [3]byte{0xA0}}}},
		"width 4":            {Width: 4, Nodes: []TreeNode{{Hop: [3]byte{0xA0}}}},
		"report of no node":  {Width: 1, Nodes: []TreeNode{{Hop: [3]byte{0xA0}}}, Reports: []Report{{Node: 2}}},
		"observer too large": {Width: 1, Nodes: []TreeNode{{Hop: [3]byte{0xA0}}}, Reports: []Report{{Node: 1, Observer: MaxObservers}}},
	} {
		before := m.AppendTo(nil)
		n := take(m, f)
		if len(n.Nodes) != 1 || n.Nodes[0] != (Name{}) {
			t.Errorf("%s: %v", name, n.Nodes)
		}
		if !bytes.Equal(before, m.AppendTo(nil)) {
			t.Errorf("%s: the model learned from it", name)
		}
	}
}

// A crowded byte and a path made up by a stranger must not cost the machine.
func TestExcessiveWorkIsRefused(t *testing.T) {
	m := New()
	for i := range 300 {
		m.Node(relayNode(nodeKey(0xA0, byte(i>>8), byte(i))))
	}
	f := &Flood{At: start, Width: 1}
	for i := range int32(1000) {
		f.Nodes = append(f.Nodes, TreeNode{Parent: max(0, i-63), Hop: [3]byte{0xA0}})
		f.Reports = append(f.Reports, Report{Node: i + 1, Observer: 1})
	}
	var w Work
	n := take(m, f)
	if len(n.Nodes) != len(f.Nodes) || n.Nodes[0] != (Name{}) || w.Explain(m, f, Place{Node: 1, Report: -1}) != nil {
		t.Error("it was resolved")
	}
	f.Nodes, f.Reports = f.Nodes[:8], f.Reports[:8]
	checkNaming(t, m, f, take(m, f))
}

// An old advert that comes late, or that somebody sends once more, takes back
// nothing; a clock that was set back is believed with the second advert.
func TestOldAdvertsChangeNothing(t *testing.T) {
	m, k := New(), nodeKey(1, 2)
	tell := func(stamp uint32, at int64, name string, role meshcore.Role) {
		m.Node(mesh.Node{Key: k, Role: role, Timestamp: stamp, LastAdvert: at, Name: name})
	}
	want := func(name string, role meshcore.Role) {
		t.Helper()
		if e := m.ents[m.byKey[k]]; e.name != name || e.role != role || len(m.byName[name]) != 1 {
			t.Errorf("%q, role %v, want %q, %v", e.name, e.role, name, role)
		}
	}
	tell(1000, start, "new", meshcore.RoleRepeater)
	tell(900, start-60_000, "late", meshcore.RoleCompanion)
	want("new", meshcore.RoleRepeater)
	tell(500, start+60_000, "replayed", meshcore.RoleCompanion)
	tell(400, start+61_000, "replayed", meshcore.RoleCompanion)
	want("new", meshcore.RoleRepeater)
	m, _ = Load(m.AppendTo(nil)) // it remembers
	tell(450, start+120_000, "set back", meshcore.RoleRoom)
	want("set back", meshcore.RoleRoom)
	tell(460, start+180_000, "going on", meshcore.RoleRoom)
	want("going on", meshcore.RoleRoom)
}
