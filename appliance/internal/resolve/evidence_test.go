package resolve

import (
	"bytes"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// A transmission is one, however many heard it, and the signal of each copy is
// that of its own observer: a far one, with the longest path, stands for nobody
// else.
func TestTransmissionCountsOnceAndEveryCopyWithItsOwnSignal(t *testing.T) {
	m := New()
	id := m.Node(relayNode(nodeKey(0xA0, 1)))
	far := m.Node(relayNode(nodeKey(0xB0, 1)))
	var copies []pathCopy
	for o := range uint32(5) {
		copies = append(copies, pathCopy{o, int8(4 * o), []byte{0xA0, 1}})
	}
	copies = append(copies, pathCopy{9, -40, []byte{0xA0, 1, 0xB0, 1}})
	take(m, treeOf(start, 2, Origin{}, copies...))
	if got := &m.tally[id]; got.m != 1 || got.n < 0.9 || got.n > 1 {
		t.Errorf("six copies show %v transmissions, %v of them certain; want one", got.n, got.m)
	}
	if p := m.link(int32(id), int32(far)); p == nil || p.ab.m != 1 || p.ba.m != 0 {
		t.Errorf("the far relay repeated it once: %+v", p)
	}
	for o := range uint32(5) {
		if e := m.ears.get(int32(id), m.place(o)); e == nil || e.m != 1 || e.snrS < 0.9*float32(o) || e.snrS > float32(o) {
			t.Errorf("observer %d: %+v", o, e)
		}
	}
	if m.ears.get(int32(id), m.place(9)) != nil {
		t.Error("who heard the far relay counts as having heard the near one")
	}
}

// What an observer reports before anything is known of it counts as its own.
func TestFirstReportOfAnObserverCounts(t *testing.T) {
	m := New()
	id := m.Node(relayNode(nodeKey(0xA0, 1)))
	take(m, treeOf(start, 2, Origin{}, pathCopy{7, 8, []byte{0xA0, 1}}))
	m.Observer(7, nodeKey(0x31), mesh.Unknown)
	if e := m.ears.get(int32(id), m.place(7)); e == nil || e.m != 1 {
		t.Errorf("evidence %+v", e)
	}
	if m.place(8) >= 0 {
		t.Error("an observer that reported nothing has a place")
	}
}

// A relay that is heard relaying stays a candidate though it does not advertise.
func TestRelayThatRelaysNeedsNoAdverts(t *testing.T) {
	m, near, far := twoAlike()
	const days = 21
	for h := int64(1); h < 24*days; h += 4 {
		take(m, treeOf(start+h*hourMS, 2, Origin{HasKey: true, Key: nodeKey(0x11)}, pathCopy{1, 8, []byte{0xA0, 1}}))
		n := relayNode(far) // the other one advertises and relays nothing here
		n.LastAdvert = start + h*hourMS
		m.Node(n)
	}
	at := start + 24*days*hourMS
	if got := aliveAt(m, int32(m.Relay(near)), at); got < 0.95 {
		t.Errorf("alive with %v", got)
	}
	f := treeOf(at, 1, Origin{HasKey: true, Key: nodeKey(0x11)}, pathCopy{1, 8, []byte{0xA0}})
	if n := resolved(m, f); named(m, n.Nodes[0]) != near {
		t.Errorf("named %v", n.Nodes)
	}
}

// An advert without a name or a position takes none away.
func TestEmptyTakesNothingAway(t *testing.T) {
	m := New()
	n := relayNode(nodeKey(0xA0, 1))
	n.HasPosition, n.LatE6, n.LonE6 = true, 47_000_000, -122_000_000
	id := m.Node(n)
	was := m.ents[id]
	m.Node(mesh.Node{Key: n.Key, Role: n.Role})
	m.Node(mesh.Node{Key: n.Key, Role: n.Role, HasPosition: true})
	if is := m.ents[id]; is.name != was.name || !is.located || is.pos != was.pos {
		t.Errorf("%+v, was %+v", is, was)
	}
	if l := m.byName[n.Name]; len(l) != 1 || l[0] != int32(id) {
		t.Errorf("%v have the name", l)
	}
}

// Room servers relay as repeaters do; sensors and companions do not.
func TestRolesThatRelay(t *testing.T) {
	for role, relays := range map[meshcore.Role]bool{
		meshcore.RoleRepeater: true, meshcore.RoleRoom: true, meshcore.RoleCompanion: false, meshcore.RoleSensor: false,
	} {
		m := New()
		k := nodeKey(0xA0, 1)
		m.Node(mesh.Node{Key: k, Role: role})
		f := treeOf(start, 1, Origin{}, pathCopy{1, 8, []byte{0xA0}})
		if n := resolved(m, f); (named(m, n.Nodes[0]) == k) != relays {
			t.Errorf("%v: %+v", role, n.Nodes[0])
		}
	}
}

// The same feed makes the same model, to the last bit: nothing hangs on the
// order of a map.
func TestSameFeedMakesTheSameModel(t *testing.T) {
	var first []byte
	for range 3 {
		m := crowd()
		teach(m, 4, 400)
		if b := m.AppendTo(nil); first == nil {
			first = b
		} else if !bytes.Equal(first, b) {
			t.Fatal("the models differ")
		}
	}
}
