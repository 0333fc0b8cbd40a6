package resolve

import (
	"maps"
	"math"
	"slices"

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
	stamp   uint32     // its own clock in the advert that was believed last, Unix s
	back    uint32     // the same in a later advert that was not, dated before that; 0 none
	life
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

	version uint64 // how often it was told something
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

// Version tells apart what the model said at two times: it rises whenever the model
// is told something, and a clone goes on with it.
func (m *Model) Version() uint64 { return m.version }

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
