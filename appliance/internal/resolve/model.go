package resolve

import (
	"maps"
	"math"
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Relay is the model's number for a node or a phantom. It stands for the same
// node for ever, also in a model that was saved and loaded; 0 is none.
type Relay int32

// The first two entities are averages, not nodes.
const (
	anyOrigin = 0
	anyRelay  = 1
	nobody    = int32(-1) // a relay that the model does not know
	firstReal = 2
)

// Bounds of what strangers can make the model hold.
const (
	MaxObservers = 1 << 14 // observers' numbers must be below it
	maxEntities  = 1 << 16
	maxPhantoms  = 1 << 12
	maxName      = 255 // bytes
)

// entity is a node known by its key, or a phantom: a relay known only by hops
// of two or three bytes that no known node has.
type entity struct {
	key     meshcore.PublicKey
	bytes   uint8 // how many bytes of key are known
	named   bool  // by an advert of its own
	relays  bool  // by its role, or because a long hash proved it
	barred  bool  // it says that it does not relay
	role    meshcore.Role
	name    string
	located bool
	pos     [3]float32 // km from the centre of the earth; valid iff located
}

// tally is what is counted of an entity. Counts fade with the half-life.
type tally struct {
	n, nO   float64 // transmissions; with those that were not floods
	m, mO   float64 // of these the certain ones: long hashes, own zero-hop adverts
	n1      float64 // 1-byte transmissions as the only candidate
	own     float64 // floods it started, by its key, with 1-byte hops
	started float64 // floods ascribed to it
	afterO  float64 // times it repeated an originator
	after   float64 // times it repeated anybody
	trust   float64 // below 1: 1-byte hops use it far more than long ones do
}

// flow is how often one thing followed another.
type flow struct {
	n  float32 // soft count
	m  float32 // the certain part
	n1 float32 // from 1-byte hops with one candidate at both ends
}

// pair is what is known of two transmitters, the lower number first.
type pair struct{ ab, ba flow }

// ear is what an observer heard of a transmitter.
type ear struct {
	flow
	snrN, snrS float32 // reports with an SNR; their sum, dB
}

// listener is an observer.
type listener struct {
	key    meshcore.PublicKey // zero if it has none
	entity int32              // -1 if its key is none of a known node
	heard  float64            // reports of anybody
	zeal   float64            // reports over what distance alone expects; 0 not estimated yet
}

// Model is what the resolver has learned of a mesh. It is a plain value: it
// starts no goroutine and reads no clock. One goroutine may change it; any
// number may resolve with it while nobody does.
type Model struct {
	ents   []entity
	tally  []tally
	byKey  map[meshcore.PublicKey]int32
	byName map[string][]int32
	relays [256][]int32 // what may relay, by first byte
	nodes  [256][]int32 // every key, by first byte
	ghosts int          // phantoms

	observers []int32 // by the caller's number: place in ears, -1 none
	listeners []listener

	pairs table[pair]
	ears  table[ear]
	owns  table[float32] // of own 1-byte floods: by origin and first byte of the first relay

	shared
	sched
	cal   calibration
	hours auditRing
	stale []int32 // entities that a new relay of the same byte makes doubtful
}

// shared is what all pairs have in common, estimated anew at every refresh.
type shared struct {
	near, nearO  [nBins]float64 // rate of being repeated, of being reported, by distance
	mean         float64        // rate over all pairs
	children     float64        // repetitions of a transmission
	seen, missed float64        // long hops; those that fitted nobody known
	snrMu        float64        // dB, over all reports
	snrVar       float64        // of the pairs' means, dB²
	snrWN, snrWS float64        // reports and squared deviations within pairs
	snrN         float64
	snrS, snrQ   float64
	longN, allN  float64 // floods with long hashes, all floods
	newN, advN   float64 // adverts of relays: by new ones, all; lately
}

// sched is when what is due.
type sched struct {
	start, now int64 // Unix ms of the first and the latest flood; 0 none
	refreshed  int64
	refreshAt  int64
	restartAt  int64
	cold       bool // rates were never estimated
}

// New makes a model that knows nothing.
func New() *Model {
	m := &Model{
		byKey: map[meshcore.PublicKey]int32{}, byName: map[string][]int32{},
	}
	m.add(entity{})
	m.add(entity{})
	for i := range nBins {
		m.near[i] = 0.08 * math.Exp(-float64(i)*0.55)
		m.nearO[i] = 0.3 * math.Exp(-float64(i)*0.55)
	}
	m.near[unplaced], m.nearO[unplaced] = 0.003, 0.02
	m.mean, m.children = 0.003, 1
	m.snrVar = 49
	m.snrWN, m.snrWS = 20, 20*6.5
	m.seen, m.missed = 20, 10
	m.advN, m.newN = 20, 18
	return m
}

func (m *Model) add(e entity) int32 {
	m.ents = append(m.ents, e)
	m.tally = append(m.tally, tally{trust: 1})
	return int32(len(m.ents) - 1)
}

// Observer tells the model of an observer: its number, its key if it has one,
// and whether it says that it relays. It may be told again when that changes.
func (m *Model) Observer(num uint32, k meshcore.PublicKey, relays mesh.Tri) {
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

// Node tells the model what a node's valid advert says. Every advert counts:
// the share of new ones among them tells how many nodes are still unknown.
func (m *Model) Node(n mesh.Node) Relay {
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

// Key is the public key of a relay; false for a phantom.
func (m *Model) Key(r Relay) (meshcore.PublicKey, bool) {
	if r < firstReal || int(r) >= len(m.ents) || m.ents[r].phantom() {
		return meshcore.PublicKey{}, false
	}
	return m.ents[r].key, true
}

// Relay is the model's number for a key; 0 if it knows none.
func (m *Model) Relay(k meshcore.PublicKey) Relay {
	return Relay(m.byKey[k])
}

// Relays is how many entities may relay now, and how many of them are phantoms.
func (m *Model) Relays() (all, phantoms int) {
	for i := range m.relays {
		all += len(m.relays[i])
	}
	return all, m.ghosts
}

// Clone is a copy that shares nothing with the model.
func (m *Model) Clone() *Model {
	c := *m
	c.ents = slices.Clone(m.ents)
	c.tally = slices.Clone(m.tally)
	c.byKey = maps.Clone(m.byKey)
	c.byName = map[string][]int32{}
	for name, l := range m.byName {
		c.byName[name] = slices.Clone(l)
	}
	for i := range m.relays {
		c.relays[i] = slices.Clone(m.relays[i])
		c.nodes[i] = slices.Clone(m.nodes[i])
	}
	c.observers = slices.Clone(m.observers)
	c.listeners = slices.Clone(m.listeners)
	c.pairs, c.ears, c.owns = m.pairs.clone(), m.ears.clone(), m.owns.clone()
	c.stale = slices.Clone(m.stale)
	return &c
}
