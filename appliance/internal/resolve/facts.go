package resolve

import (
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Observer tells the model of an observer: its number, its key if it has one,
// and whether it says that it relays. It may be told again when that changes.
func (m *Model) Observer(num uint32, k meshcore.PublicKey, relays mesh.Tri) {
	m.version++
	if num >= MaxObservers {
		return
	}
	at := m.listener(num)
	if k == (meshcore.PublicKey{}) {
		return
	}
	m.listeners[at].key = k
	if id, ok := m.byKey[k]; ok {
		m.listeners[at].entity = id
	}
	if relays == mesh.No {
		m.bar(m.keyOnly(k), true)
	} else if id, ok := m.byKey[k]; ok {
		m.bar(id, false)
	}
}

// listener is the place of an observer, made if need be.
func (m *Model) listener(num uint32) int32 {
	for int(num) >= len(m.observers) {
		m.observers = append(m.observers, -1)
	}
	if m.observers[num] < 0 {
		m.observers[num] = int32(len(m.listeners))
		m.listeners = append(m.listeners, listener{entity: -1})
	}
	return m.observers[num]
}

func (m *Model) bar(id int32, barred bool) {
	if id < 0 || m.ents[id].barred == barred {
		return
	}
	m.ents[id].barred = barred
	m.list(id)
}

// list enters or removes an entity among the candidates of its first byte.
func (m *Model) list(id int32) {
	e := &m.ents[id]
	l := &m.relays[e.key[0]]
	at, listed := slices.BinarySearch(*l, id)
	switch want := e.relays && !e.barred; {
	case want && !listed:
		m.stale = append(m.stale, *l...)
		*l = slices.Insert(*l, at, id)
	case !want && listed:
		*l = slices.Delete(*l, at, at+1)
	}
}

// insert enters a number into a sorted list. Lists are in order of numbers, so
// that sums over candidates are the same after a restart.
func insert(l []int32, id int32) []int32 {
	at, found := slices.BinarySearch(l, id)
	if found {
		return l
	}
	return slices.Insert(l, at, id)
}

// Node tells the model what a node's valid advert says; LastAdvert is when.
// Every advert counts: the share of new ones among them tells how many nodes
// are still unknown.
func (m *Model) Node(n mesh.Node) Relay {
	m.version++
	id, known := m.byKey[n.Key]
	if n.CanRelay() {
		m.advN, m.newN = m.advN*0.99+1, m.newN*0.99
		if !known || !m.ents[id].named {
			m.newN++
		}
	}
	if !known {
		if id = m.meet(n.Key, n.CanRelay()); id < 0 {
			return 0
		}
	}
	e := &m.ents[id]
	believed := e.believes(n.Timestamp, n.LastAdvert)
	if n.LastAdvert > 0 {
		e.sign(n.LastAdvert)
	}
	if !believed {
		return Relay(id)
	}
	e.named, e.role = true, n.Role
	if n.CanRelay() && !e.relays {
		e.relays = true
		m.list(id)
	}
	if name := n.Name[:min(len(n.Name), maxName)]; name != "" && name != e.name {
		m.rename(id, name)
	}
	if n.HasPosition && (n.LatE6 != 0 || n.LonE6 != 0) {
		e.located, e.pos = true, onSphere(float64(n.LatE6)/1e6, float64(n.LonE6)/1e6)
	}
	return Relay(id)
}

// believes tells whether an advert's facts are the node's latest, by its own
// clock in it, Unix s, and by when it was heard, Unix ms: anyone can send an old
// one once more. A clock that was set back is believed with the second advert in
// a row that says so.
func (e *entity) believes(stamp uint32, at int64) bool {
	if e.named && stamp < e.stamp {
		if at < e.last {
			return false // it comes late
		}
		if e.back == 0 || stamp <= e.back {
			e.back = stamp
			return false
		}
	}
	e.stamp, e.back = stamp, 0
	return true
}

// Known tells whether a key is that of a relay that has advertised: whether hops
// may be named by it.
func (m *Model) Known(k meshcore.PublicKey) bool {
	id, ok := m.byKey[k]
	return ok && m.ents[id].named && m.ents[id].relays
}

// meet makes an entity of a key that was not known: the phantom whose bytes it
// has, or a new one. It is -1 when there are too many.
func (m *Model) meet(k meshcore.PublicKey, relays bool) int32 {
	id := m.ghost(k)
	if id >= 0 {
		m.ents[id].key, m.ents[id].bytes = k, uint8(len(k))
		m.ghosts--
	} else {
		if len(m.ents) >= maxEntities {
			return -1
		}
		id = m.add(entity{key: k, bytes: uint8(len(k)), relays: relays})
		if relays {
			m.list(id)
		}
	}
	m.byKey[k] = id
	m.nodes[k[0]] = insert(m.nodes[k[0]], id)
	for o := range m.listeners {
		if m.listeners[o].key == k {
			m.listeners[o].entity = id
		}
	}
	return id
}

// ghost is the phantom that a key's node was all along, or -1: the one known
// by most bytes.
func (m *Model) ghost(k meshcore.PublicKey) int32 {
	best := int32(-1)
	for _, c := range m.relays[k[0]] {
		e := &m.ents[c]
		if e.phantom() && e.matches(k[:], 3) && (best < 0 || e.bytes > m.ents[best].bytes) {
			best = c
		}
	}
	return best
}

// keyOnly is the entity of a key that no advert may have told of; -1 when there
// are too many.
func (m *Model) keyOnly(k meshcore.PublicKey) int32 {
	if id, ok := m.byKey[k]; ok {
		return id
	}
	return m.meet(k, false)
}

func (m *Model) rename(id int32, name string) {
	e := &m.ents[id]
	if l := m.byName[e.name]; e.name != "" {
		if at, ok := slices.BinarySearch(l, id); ok {
			l = slices.Delete(l, at, at+1)
		}
		if m.byName[e.name] = l; len(l) == 0 {
			delete(m.byName, e.name)
		}
	}
	e.name = name
	m.byName[name] = insert(m.byName[name], id)
}

// phantom tells whether nothing but a few bytes of the key are known.
func (e *entity) phantom() bool { return e.bytes < 32 }

// matches tells whether the known bytes agree with the first width bytes of a key.
func (e *entity) matches(k []byte, width int) bool {
	for i := range min(width, int(e.bytes)) {
		if e.key[i] != k[i] {
			return false
		}
	}
	return true
}

// appendCandidates appends the relays that a hop may mean. A phantom known by
// two bytes is one of a three-byte hop only where nothing fits better.
func (m *Model) appendCandidates(dst []int32, h []byte) []int32 {
	l := m.relays[h[0]]
	if len(h) == 1 {
		return append(dst, l...)
	}
	from := len(dst)
	for _, c := range l {
		if e := &m.ents[c]; int(e.bytes) >= len(h) && e.matches(h, len(h)) {
			dst = append(dst, c)
		}
	}
	if len(dst) > from {
		return dst
	}
	for _, c := range l {
		if e := &m.ents[c]; e.matches(h, len(h)) {
			dst = append(dst, c)
		}
	}
	return dst
}

// haunt makes sure that a long hop has a candidate: a known node of another
// role that thus proves to relay, or a phantom.
func (m *Model) haunt(h []byte) {
	proven := int32(-1)
	for _, c := range m.nodes[h[0]] {
		if e := &m.ents[c]; e.matches(h, len(h)) {
			if proven >= 0 || e.relays {
				proven = -2
				break
			}
			proven = c
		}
	}
	if proven >= 0 {
		m.ents[proven].relays = true
		m.list(proven)
		return
	}
	if m.ghosts >= maxPhantoms || len(m.ents) >= maxEntities {
		return
	}
	e := entity{bytes: uint8(len(h)), relays: true}
	copy(e.key[:], h)
	m.ghosts++
	m.list(m.add(e))
}
