package resolve

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// nodeKey is a key that begins with the given bytes.
func nodeKey(prefix ...byte) (k meshcore.PublicKey) {
	copy(k[:], prefix)
	k[31] = 1
	return k
}

func relayNode(k meshcore.PublicKey) mesh.Node {
	return mesh.Node{Key: k, Name: k.String()[:8], Role: meshcore.RoleRepeater}
}

// tree makes a flood of paths; report i is the i-th path, heard by observer i
// unless told otherwise.
type pathCopy struct {
	observer uint32
	snr4     int8
	hops     []byte // of one width
}

func treeOf(at int64, width int, origin Origin, copies ...pathCopy) *Flood {
	x := openFlood{kids: map[uint64]int32{}}
	x.Flood = Flood{At: at, Width: width, Origin: origin}
	for _, c := range copies {
		n := x.insert(c.hops)
		x.Flood.Reports = append(x.Flood.Reports, Report{Node: n, Observer: c.observer, SNR4: c.snr4})
	}
	return &x.Flood
}

func take(m *Model, f *Flood) *Naming {
	var w Work
	n := new(Naming)
	m.Take(&w, f, n)
	return n
}

func resolved(m *Model, f *Flood) *Naming {
	var w Work
	n := new(Naming)
	w.Resolve(m, f, n)
	return n
}

// named is the key of a name, zero if nobody is named.
func named(m *Model, n Name) meshcore.PublicKey {
	k, _ := m.Key(n.Relay)
	return k
}

// lastHop names the last hop of a report's path.
func lastHop(m *Model, f *Flood, n *Naming, report int) meshcore.PublicKey {
	return named(m, n.Heard(f, report))
}

// randomFlood makes a flood of bytes, often a broken one.
func randomFlood(b []byte) *Flood {
	next := func() byte {
		if len(b) == 0 {
			return 0
		}
		v := b[0]
		b = b[1:]
		return v
	}
	f := &Flood{At: int64(next()) * 600_000, Width: int(next()%4) + 1 - int(next()%2)}
	switch next() % 4 {
	case 0:
		f.Origin = Origin{HasByte: true, Byte: next()}
	case 1:
		f.Origin = Origin{HasKey: true, Key: nodeKey(next(), next())}
	case 2:
		f.Origin = Origin{Sender: string(rune('a' + next()%4))}
	}
	for range next() % 24 {
		n := TreeNode{Parent: int32(next()) % int32(len(f.Nodes)+1), Hop: [3]byte{next() % 4, next() % 3, next() % 2}}
		if next() == 255 {
			n.Parent = int32(int8(next()))
		}
		f.Nodes = append(f.Nodes, n)
	}
	for range next() % 24 {
		r := Report{Node: int32(next()) % int32(len(f.Nodes)+1), Observer: uint32(next() % 5), SNR4: int8(next())}
		if next() == 255 {
			r.Node, r.Observer = int32(int8(next())), binary.LittleEndian.Uint32([]byte{next(), next(), next(), next()})
		}
		f.Reports = append(f.Reports, r)
	}
	return f
}

// crowd is a model that knows a few nodes of few first bytes.
func crowd() *Model {
	m := New()
	for i := range byte(12) {
		n := relayNode(nodeKey(i%4, i%3, i%2, i))
		if i%5 == 0 {
			n.Role = meshcore.RoleCompanion
		}
		if i%2 == 0 {
			n.HasPosition, n.LatE6, n.LonE6 = true, 47_000_000+int32(i)*90_000, -122_000_000
		}
		n.Name = string(rune('a' + i%4))
		m.Node(n)
	}
	m.Observer(0, nodeKey(0, 0, 0, 0), mesh.Yes)
	m.Observer(1, nodeKey(200), mesh.Unknown)
	return m
}

// teach lets a model take random floods.
func teach(m *Model, seed uint64, floods int) {
	r := rand.New(rand.NewPCG(seed, 1))
	var w Work
	var n Naming
	b := make([]byte, 300)
	for i := range floods {
		for j := range b {
			b[j] = byte(r.Uint32())
		}
		f := randomFlood(b)
		f.At = 1_700_000_000_000 + int64(i)*60_000
		m.Take(&w, f, &n)
		if i%7 == 0 {
			m.ZeroHop(1_700_000_000_000+int64(i)*60_000, nodeKey(byte(i%4), byte(i%3), byte(i%2), byte(i%12)), f.Reports)
		}
	}
}

func FuzzTake(f *testing.F) {
	f.Add([]byte{1, 1, 0, 0, 5, 3, 1, 0, 1, 0, 1, 2, 0, 0, 4, 0, 1, 20, 0})
	f.Add([]byte{9, 2, 1, 1, 1, 2, 8, 0, 3, 1, 1, 0, 1, 0, 0, 1, 2, 2, 0, 3, 1, 1, 1, 0, 6, 1, 2, 30, 0, 2, 3, 40, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		m := crowd()
		var w Work
		var n Naming
		for range 3 {
			fl := randomFlood(b)
			m.Take(&w, fl, &n)
			checkNaming(t, m, fl, &n)
			for node := range int32(len(fl.Nodes)) {
				checkExplained(t, w.Explain(m, fl, Place{Node: node + 1, Report: -1}))
			}
			b = append([]byte{7, 2}, b...)
		}
		if _, err := Load(m.AppendTo(nil)); err != nil {
			t.Fatal(err)
		}
	})
}

// checkNaming holds what is true of every answer.
func checkNaming(t *testing.T, m *Model, f *Flood, n *Naming) {
	t.Helper()
	if len(n.Nodes) != len(f.Nodes) {
		t.Fatalf("%d names for %d tree nodes", len(n.Nodes), len(f.Nodes))
	}
	check := func(node int32, x Name) {
		if !(x.P >= 0 && x.P <= 1) {
			t.Fatalf("probability %v", x.P)
		}
		if x.Relay == 0 {
			return
		}
		e := &m.ents[x.Relay]
		if !e.named || !e.relays || e.barred || !e.matches(f.Nodes[node-1].Hop[:], f.Width) {
			t.Fatalf("hop %x is named %+v", f.Nodes[node-1].Hop[:f.Width], e)
		}
		if f.Origin.HasKey && e.key == f.Origin.Key {
			t.Fatalf("the originator repeats its own packet")
		}
	}
	for i, x := range n.Nodes {
		check(int32(i+1), x)
	}
	for _, s := range n.Splits {
		check(s.Node, s.Name)
	}
	if !f.usable() {
		return
	}
	for i, r := range f.Reports {
		depth := 0
		for node := r.Node; node > 0; node = f.Nodes[node-1].Parent {
			depth++
		}
		if got := n.AppendPath(nil, f, i); len(got) != depth {
			t.Fatalf("path of %d names, want %d", len(got), depth)
		}
	}
}
