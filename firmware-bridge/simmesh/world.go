package simmesh

import (
	"fmt"
	"math"

	"hilltop/firmware-bridge/simmesh/internal/wire"
)

// world is everything that does not depend on the traffic.
type world struct {
	nodes     []*node
	observers []*observer
	relays    []int32
	byCity    [][]int32
	links     [][]link // by transmitter; receivers are relays and observers
	channels  []channel
	regions   []region
	chatters  weighted // who sends group texts and direct messages
	talk      weighted // which channel a group text goes to

	real       Realism
	seed       uint64
	again      rng      // draws of Realism.Again
	linksAfter [][]link // with Realism.Moved: the links of the second half
}

type channel struct {
	*wire.Channel
	secret bool // not a hashtag channel: nobody can derive its key
	weight float64
}

type region struct {
	name string
	key  [16]byte
}

func newWorld(cfg Config) *world {
	startMs := cfg.Start.UnixMilli()
	r := newRNG(cfg.Seed, 0x0A11CE)
	w := &world{byCity: make([][]int32, len(cities)), real: cfg.Real, seed: cfg.Seed}
	w.makeRegions()
	w.makeNodes(r, cfg.Nodes, startMs)
	w.harden(newRNG(cfg.Seed, 0x8EA1), startMs, int64(cfg.Hours*3600e3))
	w.makeObservers(r, cfg.Observers, startMs)
	w.makeLinks(r, cfg.RelayDegree)
	w.makeChannels(r)
	w.makeChatters(r)
	return w
}

func (w *world) makeRegions() {
	for _, name := range []string{"#pnw", "#seattle", "#portland", "#bc", "#inland"} {
		w.regions = append(w.regions, region{name, wire.HashtagKey(name)})
	}
}

func (w *world) makeChannels(r rng) {
	w.channels = append(w.channels, channel{wire.NewChannel("Public", wire.PublicKey), false, 30})
	for i, name := range []string{
		"#test", "#bot", "#seattle", "#portland", "#emergency", "#wardrive", "#ping", "#hamradio", "#weather", "#bc",
		"#spokane", "#chat", "#memes", "#mesh", "#ferry", "#hiking", "#news", "#tech", "#jokes", "#queer",
	} {
		w.channels = append(w.channels, channel{wire.NewChannel(name, wire.HashtagKey(name)), false, 14 / float64(i+2)})
	}
	for i := range 8 {
		var key [16]byte
		r.fill(key[:])
		w.channels = append(w.channels, channel{wire.NewChannel(fmt.Sprintf("private-%d", i+1), key), true, 1.2})
	}
	weights := make([]float64, len(w.channels))
	for i, c := range w.channels {
		weights[i] = c.weight
	}
	w.talk = newWeighted(weights)
}

// makeChatters chooses who talks: a few companions a lot.
func (w *world) makeChatters(r rng) {
	weights := make([]float64, len(w.nodes))
	for i, n := range w.nodes {
		weights[i] = 0.02
		if n.role == roleCompanion {
			weights[i] = math.Pow(1-r.Float64(), -0.8)
		}
	}
	w.chatters = newWeighted(weights)
}
