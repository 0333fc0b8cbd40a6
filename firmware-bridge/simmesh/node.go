package simmesh

import (
	"crypto/ed25519"
	"encoding/hex"
	"math"
	"strings"

	"hilltop/firmware-bridge/simmesh/internal/wire"
)

const (
	roleCompanion = "companion"
	roleRepeater  = "repeater"
	roleRoom      = "room"
	roleSensor    = "sensor"
)

var roleByte = map[string]byte{
	roleCompanion: wire.RoleChat, roleRepeater: wire.RoleRepeater, roleRoom: wire.RoleRoom, roleSensor: wire.RoleSensor,
}

// rtcDefault is where a device's clock starts when nothing set it (15 May 2024).
const rtcDefault = 1715770351

// node is a radio of the mesh.
type node struct {
	idx      int32
	key      ed25519.PrivateKey
	pub      ed25519.PublicKey
	pubHex   string // upper case
	name     string
	role     string
	city     int
	lat, lon float64
	offLat   float64 // what its advertised position is off by
	offLon   float64
	newLat   float64 // where it moves to, if it moves
	newLon   float64
	moves    bool
	silent   bool  // never advertises
	from, to int64 // when it is on the air, ms; 0 for always
	located  bool  // sends its position
	mobile   bool
	relay    bool // forwards floods
	floodMax int  // hop limit it applies when it forwards
	hashSize int  // size of the hops in the floods it starts, bytes
	region   int  // index into regions of its default scope, -1 for none

	heightDB float64 // antenna and site advantage
	noiseDBm float64

	skewSec  int64 // clock error; with stuckRTC the boot time instead
	stuckRTC bool
	skewKind string

	obs *observer
}

// up tells whether a node is on the air.
func (n *node) up(ms int64) bool { return ms >= n.from && (n.to == 0 || ms < n.to) }

// clock is what the node believes the time is, in Unix seconds.
func (n *node) clock(ms int64) uint32 {
	if n.stuckRTC {
		return uint32(rtcDefault + max(0, ms/1000-n.skewSec))
	}
	return uint32(ms/1000 + n.skewSec)
}

func (n *node) setKey(key ed25519.PrivateKey) {
	n.key, n.pub = key, key.Public().(ed25519.PublicKey)
	n.pubHex = strings.ToUpper(hex.EncodeToString(n.pub))
}

func (w *world) makeNodes(r rng, count int, startMs int64) {
	cityPick := cityWeights()
	for i := range count {
		n := w.newNode(r, i, cityPick, startMs)
		w.nodes = append(w.nodes, n)
		w.byCity[n.city] = append(w.byCity[n.city], n.idx)
		if n.relay {
			w.relays = append(w.relays, n.idx)
		}
	}
}

// newNode draws a node. The order of the draws is part of what a seed means.
func (w *world) newNode(r rng, i int, cityPick weighted, startMs int64) *node {
	n := &node{idx: int32(i), region: -1, hashSize: 1, floodMax: 64}
	n.drawKey(r)
	n.drawRole(r)
	n.city = cityPick.pick(r)
	summit := n.role == roleRepeater && r.chance(0.07)
	n.drawPlace(r, summit)
	n.noiseDBm = -118 + r.between(0, 5)
	n.drawHeight(r, summit)
	n.located = r.chance(or(w.real.Located, 0.88))
	n.mobile = n.role == roleCompanion && r.chance(0.4)
	n.name = clip(nodeName(r, n.role, i), wire.MaxName(n.located))
	n.drawRelaying(r)
	n.drawHashSize(r, or(w.real.OneByte, 0.84))
	if r.chance(0.13) {
		n.region = r.IntN(len(w.regions))
	}
	n.drawClock(r, startMs)
	return n
}

// drawKey draws a key whose first byte is not one of the reserved 00 and FF.
func (n *node) drawKey(r rng) {
	for {
		n.setKey(ed25519.NewKeyFromSeed(r.bytes(ed25519.SeedSize)))
		if n.pub[0] != 0 && n.pub[0] != 0xFF {
			return
		}
	}
}

func (n *node) drawRole(r rng) {
	switch p := r.Float64(); {
	case p < 0.46:
		n.role = roleRepeater
	case p < 0.91:
		n.role = roleCompanion
	case p < 0.96:
		n.role = roleRoom
	default:
		n.role = roleSensor
	}
}

// drawPlace puts a node in its city, or between it and a near one.
func (n *node) drawPlace(r rng, summit bool) {
	c := cities[n.city]
	if !summit && !r.chance(0.1) {
		n.lat = c.lat + r.NormFloat64()*c.spreadKm/kmPerLat
		n.lon = c.lon + r.NormFloat64()*c.spreadKm/kmPerLon
		return
	}
	d := cities[nearCity(r, n.city)]
	f := r.Float64()
	n.lat, n.lon = c.lat+(d.lat-c.lat)*f, c.lon+(d.lon-c.lon)*f
	n.lat += r.NormFloat64() * 14 / kmPerLat
	n.lon += r.NormFloat64() * 14 / kmPerLon
}

func (n *node) drawHeight(r rng, summit bool) {
	switch {
	case summit:
		n.heightDB = r.between(14, 22)
	case n.role == roleRepeater:
		n.heightDB = 3 + math.Abs(r.NormFloat64())*3.5
	case n.role == roleCompanion:
		n.heightDB = r.between(-6, 1)
	}
}

func (n *node) drawRelaying(r rng) {
	switch n.role {
	case roleRepeater:
		n.relay = !r.chance(0.04)
		n.floodMax = []int{64, 64, 64, 16, 10}[r.IntN(5)]
	case roleRoom:
		n.relay = r.chance(0.1)
	}
}

func (n *node) drawHashSize(r rng, oneByte float64) {
	switch p := r.Float64(); {
	case p < oneByte:
	case p < 1-(1-oneByte)*0.05/0.16:
		n.hashSize = 2
	default:
		n.hashSize = 3
	}
}

func (n *node) drawClock(r rng, startMs int64) {
	switch p := r.Float64(); {
	case p < 0.80:
		n.skewKind, n.skewSec = "good", int64(r.NormFloat64()*1.5)
	case p < 0.90:
		n.skewKind, n.skewSec = "minutes", int64(r.between(-900, 900))
	case p < 0.94:
		n.skewKind, n.skewSec = "time zone", pick(r, []int64{-8, -7, 7, 8, 1, -1})*3600
	case p < 0.96:
		n.skewKind, n.skewSec = "future", int64(r.between(2, 400)*86400)
	case p < 0.98:
		n.skewKind, n.skewSec = "past", -int64(r.between(1, 90)*86400)
	default:
		n.skewKind, n.stuckRTC = "never set", true
		n.skewSec = startMs/1000 - int64(r.between(0, 20*86400)) // when it booted
	}
}
