package simmesh

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// Truth is what there is to know about a mesh at its start.
type Truth struct {
	Nodes    []Node    `json:"nodes"` // their numbers are indexes of this list
	Channels []Channel `json:"channels"`
	Regions  []string  `json:"regions"` // with their '#'
}

// Node is the truth about one node.
type Node struct {
	PubKey   string  `json:"public_key"` // upper-case hex
	Name     string  `json:"name"`
	Role     string  `json:"role"` // companion, repeater, room or sensor
	Lat      float64 `json:"lat"`  // true position, degrees
	Lon      float64 `json:"lon"`
	Located  bool    `json:"sends_location"`
	Relay    bool    `json:"relay"`
	HashSize int     `json:"hash_size"` // of the hops in the floods it starts, bytes
	Clock    string  `json:"clock"`     // good, minutes, time zone, future, past or never set
	SkewSec  int64   `json:"skew_sec,omitempty"`
	Region   string  `json:"region,omitempty"`        // scope of its floods
	Observer string  `json:"observer_iata,omitempty"` // where it observes, if it does
	Links    []int32 `json:"hears_it"`                // relays and observers that can hear it
	Silent   bool    `json:"never_advertises,omitempty"`
	Moves    bool    `json:"moves,omitempty"`
	From     int64   `json:"from_ms,omitempty"` // on the air from, Unix ms; 0 for always
	To       int64   `json:"to_ms,omitempty"`
}

// Channel is the truth about one channel.
type Channel struct {
	Name   string `json:"name"`
	Key    string `json:"key"`  // hex
	Hash   string `json:"hash"` // first byte of its payloads, hex
	Secret bool   `json:"secret"`
}

// TruthOf tells the nodes, links, channels and regions of a mesh.
func TruthOf(cfg Config) (Truth, error) {
	if err := cfg.check(); err != nil {
		return Truth{}, err
	}
	return newWorld(cfg).truth(), nil
}

// WriteJSON writes the truth as indented JSON.
func (t Truth) WriteJSON(w io.Writer) error {
	b, err := json.MarshalIndent(t, "", " ")
	if err != nil {
		return fmt.Errorf("truth: %w", err)
	}
	if _, err = w.Write(b); err != nil {
		return fmt.Errorf("truth: %w", err)
	}
	return nil
}

func (w *world) truth() Truth {
	var t Truth
	for i := range w.nodes {
		t.Nodes = append(t.Nodes, w.nodeTruth(i))
	}
	for _, c := range w.channels {
		t.Channels = append(t.Channels, Channel{c.Name, hex.EncodeToString(c.Key[:]), fmt.Sprintf("%02X", c.Hash), c.secret})
	}
	for _, g := range w.regions {
		t.Regions = append(t.Regions, g.name)
	}
	return t
}

func (w *world) nodeTruth(i int) Node {
	n := w.nodes[i]
	t := Node{
		PubKey: n.pubHex, Name: n.name, Role: n.role, Lat: n.lat, Lon: n.lon, Located: n.located,
		Relay: n.relay, HashSize: n.hashSize, Clock: n.skewKind,
		Silent: n.silent, Moves: n.moves, From: n.from, To: n.to,
	}
	if !n.stuckRTC {
		t.SkewSec = n.skewSec
	}
	if n.region >= 0 {
		t.Region = w.regions[n.region].name
	}
	if n.obs != nil {
		t.Observer = n.obs.iata
	}
	for _, l := range w.links[i] {
		t.Links = append(t.Links, l.to)
	}
	return t
}

// Hears tells whether node can ever hear from; both are numbers of nodes.
func (t Truth) Hears(node, from int32) bool {
	return slices.Contains(t.Nodes[from].Links, node)
}
