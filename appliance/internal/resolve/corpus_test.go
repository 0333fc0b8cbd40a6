package resolve

import (
	"encoding/gob"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/observer"
	"hilltop/firmware-bridge/simmesh"
)

// holdMS is how long a flood waits for its copies before it is resolved.
const holdMS = 15_000

// corpus is what an observatory learns from a simulated feed, in order of
// time, and the truth about it, which only the scoring reads.
type corpus struct {
	Name      string
	Observers []meshcore.PublicKey
	Events    []corpusEvent
	Floods    []corpusFlood
	Keys      []meshcore.PublicKey // truth: nodes by number
	Reports   int
}

// corpusEvent is an advert, something heard without a relay, or a flood that
// is complete; exactly one of its parts counts.
type corpusEvent struct {
	At      int64
	Node    *mesh.Node
	ZeroHop *corpusZeroHop
	Flood   int32 // place in Floods; -1 none
}

type corpusZeroHop struct {
	Key     meshcore.PublicKey
	Reports []Report
}

// corpusFlood is a flood with all its copies, in order of arrival; those that
// came after it was resolved are at the end.
type corpusFlood struct {
	Flood  Flood
	InTime int        // reports that came while it waited
	Relays [][]uint16 // truth, by report: who relayed it, in order
	Score  []bool     // by report: whether its truth is that of a sound message
}

type openFlood struct {
	corpusFlood
	first int64
	kids  map[uint64]int32
}

func (x *openFlood) insert(path []byte) int32 {
	at, w := int32(0), x.Flood.Width
	for i := 0; i+w <= len(path); i += w {
		var h [3]byte
		copy(h[:], path[i:i+w])
		k := uint64(at)<<24 | uint64(h[0])<<16 | uint64(h[1])<<8 | uint64(h[2])
		n, ok := x.kids[k]
		if !ok {
			x.Flood.Nodes = append(x.Flood.Nodes, TreeNode{Parent: at, Hop: h})
			n = int32(len(x.Flood.Nodes))
			x.kids[k] = n
		}
		at = n
	}
	return at
}

// reader makes a corpus of messages.
type reader struct {
	c         *corpus
	ring      *meshcore.KeyRing
	observers map[string]uint32
	open      map[meshcore.Hash]*openFlood
	order     []*openFlood
	adverts   map[meshcore.Hash]bool
	zero      map[meshcore.Hash]int // place in Events
}

// makeCorpus runs the simulation.
func makeCorpus(name string, cfg simmesh.Config) (*corpus, error) {
	truth, err := simmesh.TruthOf(cfg)
	if err != nil {
		return nil, err
	}
	r := &reader{
		c: &corpus{Name: name}, observers: map[string]uint32{}, open: map[meshcore.Hash]*openFlood{},
		adverts: map[meshcore.Hash]bool{}, zero: map[meshcore.Hash]int{},
	}
	var channels []meshcore.Channel
	for _, c := range truth.Channels {
		if k, err := meshcore.ParseChannelKey(c.Key); err == nil && !c.Secret {
			channels = append(channels, meshcore.Channel{Name: c.Name, Key: k})
		}
	}
	r.ring = meshcore.NewKeyRing(channels)
	for _, n := range truth.Nodes {
		k, err := meshcore.ParsePublicKey(n.PubKey)
		if err != nil {
			return nil, err
		}
		r.c.Keys = append(r.c.Keys, k)
	}
	err = simmesh.GenerateHeard(cfg, func(m simmesh.Message, h *simmesh.Heard) error {
		if h != nil {
			r.message(&m, h)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	r.close(1<<62 - 1)
	sort.SliceStable(r.c.Events, func(i, j int) bool { return r.c.Events[i].At < r.c.Events[j].At })
	return r.c, nil
}

func (r *reader) message(m *simmesh.Message, h *simmesh.Heard) {
	msg := observer.Parse(observer.Envelope{Source: "sim", Topic: m.Topic, Payload: m.Payload, Arrived: m.At}, observer.Options{})
	if msg.Packet == nil || msg.Packet.Frame == nil || msg.Packet.Direction == observer.TX {
		return
	}
	p, now := msg.Packet.Packet, m.At.UnixMilli()
	r.close(now)
	o := r.observer(msg.Observer)
	r.advert(&p, msg.Packet.Hash, now)
	rep := Report{Observer: o, SNR4: mesh.NoSNR}
	if msg.Packet.HasSNR && msg.Packet.SNR4 > mesh.NoSNR && msg.Packet.SNR4 < 128 {
		rep.SNR4 = int8(msg.Packet.SNR4)
	}
	path, flood := p.Heard()
	if !flood {
		r.zeroHop(&p, msg.Packet.Hash, rep, now)
		return
	}
	x := r.open[msg.Packet.Hash]
	if x == nil {
		x = r.begin(&p, msg.Packet.Hash, now)
	}
	if x.Flood.Width != p.HopWidth() {
		return
	}
	rep.Node = x.insert(p.PathBytes)
	x.Flood.Reports = append(x.Flood.Reports, rep)
	if now <= x.first+holdMS {
		x.InTime = len(x.Flood.Reports)
	}
	relays := make([]uint16, len(h.Relays))
	for i, n := range h.Relays {
		relays[i] = uint16(n)
	}
	x.Relays = append(x.Relays, relays)
	sound := h.Kind == simmesh.Flood && len(relays) == path.Len() && (h.Fault == simmesh.Sound || h.Fault == simmesh.SignalUnknown)
	x.Score = append(x.Score, sound)
	r.c.Reports++
}

func (r *reader) observer(id string) uint32 {
	o, ok := r.observers[id]
	if !ok {
		o = uint32(len(r.observers))
		r.observers[id] = o
		k, _ := meshcore.ParsePublicKey(id)
		r.c.Observers = append(r.c.Observers, k)
	}
	return o
}

func (r *reader) begin(p *meshcore.Packet, h meshcore.Hash, now int64) *openFlood {
	sender := ""
	if p.Type == meshcore.TypeGrpTxt {
		if t, err := r.ring.OpenText(p.Payload); err == nil && t.HasSender {
			sender = t.Sender
		}
	}
	x := &openFlood{first: now, kids: map[uint64]int32{}}
	x.Flood = Flood{At: now, Width: p.HopWidth(), Origin: OriginOf(p.Type, p.Payload, sender)}
	r.open[h] = x
	r.order = append(r.order, x)
	return x
}

func (r *reader) advert(p *meshcore.Packet, h meshcore.Hash, now int64) {
	if p.Type != meshcore.TypeAdvert || r.adverts[h] {
		return
	}
	a, err := meshcore.ParseAdvert(p.Payload)
	if err != nil || !a.Verify() || !a.AppDataValid {
		return
	}
	r.adverts[h] = true
	n := mesh.Node{Key: a.Key, Role: a.Role, HasPosition: a.HasPosition, LatE6: a.LatE6, LonE6: a.LonE6, LastAdvert: now}
	if a.HasName {
		n.Name = strings.ReplaceAll(a.Name, ": ", " ")
	}
	r.c.Events = append(r.c.Events, corpusEvent{At: now, Node: &n, Flood: -1})
}

// zeroHop takes what nobody relayed: adverts and answers to discoveries.
func (r *reader) zeroHop(p *meshcore.Packet, h meshcore.Hash, rep Report, now int64) {
	if len(p.PathBytes) > 0 {
		return
	}
	var k meshcore.PublicKey
	switch p.Type {
	case meshcore.TypeAdvert:
		if len(p.Payload) < 32 {
			return
		}
		copy(k[:], p.Payload)
	case meshcore.TypeControl:
		c, err := meshcore.ParseControl(p.Payload)
		if err != nil {
			return
		}
		d, ok, err := c.DiscoverResponse()
		if !ok || err != nil || len(d.Key) != 32 {
			return
		}
		copy(k[:], d.Key)
	default:
		return
	}
	if i, ok := r.zero[h]; ok {
		z := r.c.Events[i].ZeroHop
		z.Reports = append(z.Reports, rep)
		return
	}
	r.zero[h] = len(r.c.Events)
	r.c.Events = append(r.c.Events, corpusEvent{At: now, ZeroHop: &corpusZeroHop{Key: k, Reports: []Report{rep}}, Flood: -1})
}

// close ends the floods that no copy can join any more.
func (r *reader) close(now int64) {
	const episodeMS = 600_000
	for len(r.order) > 0 && r.order[0].first+episodeMS < now {
		x := r.order[0]
		r.order = r.order[1:]
		for h, o := range r.open {
			if o == x {
				delete(r.open, h)
				break
			}
		}
		r.c.Events = append(r.c.Events, corpusEvent{At: x.first + holdMS, Flood: int32(len(r.c.Floods))})
		r.c.Floods = append(r.c.Floods, x.corpusFlood)
	}
}

// loadCorpus gives the corpus of a config, from dir if it is there.
func loadCorpus(dir, name string, cfg simmesh.Config) (*corpus, error) {
	file := ""
	if dir != "" {
		file = filepath.Join(dir, fmt.Sprintf("%s-%d-%d-%d.gob", name, cfg.Seed, cfg.Nodes, cfg.Observations))
		if f, err := os.Open(file); err == nil {
			defer f.Close()
			c := new(corpus)
			return c, gob.NewDecoder(f).Decode(c)
		}
	}
	c, err := makeCorpus(name, cfg)
	if err != nil || file == "" {
		return c, err
	}
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return c, gob.NewEncoder(f).Encode(c)
}

// meshConfig is the config of a named corpus.
func meshConfig(kind string, seed uint64) simmesh.Config {
	cfg := simmesh.DefaultConfig()
	cfg.Seed, cfg.Nodes, cfg.Observers, cfg.Hours, cfg.Observations = seed, 1500, 60, 48, 1_400_000
	cfg.Start = time.Date(2026, 11, 16, 13, 40, 0, 0, time.UTC)
	switch kind {
	case "harder":
		cfg.RelayDegree = 8
		cfg.Real = simmesh.Realism{
			Located: 0.8, OneByte: 0.9, PosErrorKm: 0.5, PosWrong: 0.03, Silent: 0.05, Sites: 0.25, ShadowCorr: 0.5, Fade: 4, Drift: 3,
			Churn: 0.1, Moved: 0.03, Vanity: 0.1, CompanionRelays: 0.01, Again: 0.002,
		}
	case "harsh":
		cfg.RelayDegree, cfg.PerTx, cfg.Observers = 12, 8, 40
		cfg.Real = simmesh.Realism{
			Located: 0.6, OneByte: 0.95, PosErrorKm: 2, PosWrong: 0.08, Silent: 0.12, Sites: 0.4, ShadowCorr: 0.7, Fade: 5, Drift: 5,
			Churn: 0.25, Moved: 0.08, Vanity: 0.2, CompanionRelays: 0.03, Again: 0.01,
		}
	case "few-long":
		cfg.Real.OneByte = 0.98
	case "no-positions":
		cfg.Real.Located = 1e-12
	case "small":
		cfg.Nodes, cfg.Observers, cfg.Observations = 300, 30, 280_000
	case "large":
		cfg.Nodes, cfg.Observers, cfg.Observations = 4000, 120, 1_800_000
	}
	return cfg
}
