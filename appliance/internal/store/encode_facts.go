package store

import (
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// factVersion is the first byte of every fact's value. Since 2 nodes and
// observers have a past, since 3 it tells of observers whether they relayed;
// facts of earlier versions are read as well.
const factVersion = 3

// version begins a fact.
func (c *codec) version() {
	c.fact = factVersion
	if c.byte(&c.fact); c.fact < 1 || c.fact > factVersion {
		c.fail()
	}
}

// pack writes a fact, unpack reads it.
func pack[T any](v *T, describe func(*codec, *T)) string {
	c := codec{writing: true}
	c.version()
	describe(&c, v)
	return string(c.b)
}

func unpack[T any](value string, describe func(*codec, *T)) (v T, ok bool) {
	c := codec{b: bytesOf(value)}
	c.version()
	describe(&c, &v)
	return v, c.err == nil && !c.more()
}

func (c *codec) node(n *mesh.Node) {
	c.fixed(n.Key[:])
	c.string(&n.Name)
	unsigned(c, &n.Role)
	c.bool(&n.HasPosition)
	signed(c, &n.LatE6)
	signed(c, &n.LonE6)
	unsigned(c, &n.HopWidth)
	c.varint(&n.FirstAdvert)
	c.delta(&n.LastAdvert, n.FirstAdvert)
	unsigned(c, &n.Timestamp)
	c.fixed(n.AdvertHash[:])
	if c.fact >= 2 && hasPast(c, &n.Past) {
		spells(c, &n.Past.Names, n.FirstAdvert, (*codec).string)
		spells(c, &n.Past.Places, n.FirstAdvert, (*codec).place)
		spells(c, &n.Past.Widths, n.FirstAdvert, (*codec).byte)
	}
}

// hasPast tells whether there is a past, which is made to be read.
func hasPast[T any](c *codec, p **T) bool {
	has := *p != nil
	if c.bool(&has); has && *p == nil {
		*p = new(T)
	}
	return has
}

func (c *codec) place(p *mesh.Place) {
	signed(c, &p.LatE6)
	signed(c, &p.LonE6)
}

// spells are times relative to a base, each to the one before.
func spells[T comparable](c *codec, list *[]mesh.Spell[T], base int64, value func(*codec, *T)) {
	n := uint64(len(*list))
	c.uvarint(&n)
	for i := range n {
		if !c.writing {
			if !c.more() {
				c.fail()
				return
			}
			*list = append(*list, mesh.Spell[T]{})
		}
		s := &(*list)[i]
		value(c, &s.Value)
		c.delta(&s.From, base)
		c.delta(&s.To, s.From)
		c.fixed(s.Hash[:])
		base = s.To
	}
}

func (c *codec) observer(o *mesh.Observer) {
	unsigned(c, &o.Num)
	for _, s := range []*string{&o.ID, &o.Name, &o.Region, &o.Model, &o.Firmware, &o.Client} {
		c.string(s)
	}
	c.radio(&o.Radio)
	unsigned(c, &o.Repeat)
	unsigned(c, &o.Online)
	c.varint(&o.First)
	c.varint(&o.Status)
	c.clock(&o.Clock)
	c.sample(&o.Latest)
	if c.fact >= 2 && hasPast(c, &o.Past) {
		spells(c, &o.Past.Regions, o.First, (*codec).string)
		spells(c, &o.Past.Firmwares, o.First, (*codec).string)
		if c.fact >= 3 {
			spells(c, &o.Past.Repeats, o.First, func(c *codec, t *mesh.Tri) { unsigned(c, t) })
		}
	}
}

func (c *codec) radio(r *mesh.Radio) {
	unsigned(c, &r.FreqKHz)
	unsigned(c, &r.BWHz)
	c.byte(&r.SF)
	c.byte(&r.CR)
}

func (c *codec) clock(k *mesh.Clock) {
	c.varint(&k.Least)
	c.varint(&k.LeastAt)
	c.bool(&k.Proven)
	n := uint64(len(k.Recent))
	c.uvarint(&n)
	for i := range n {
		if !c.writing {
			if !c.more() {
				c.fail()
				return
			}
			k.Recent = append(k.Recent, mesh.ClockSample{})
		}
		c.varint(&k.Recent[i].At)
		c.varint(&k.Recent[i].Delay)
	}
	signed(c, &k.ZoneMin)
	c.bool(&k.ZoneOK)
}

// sampleFields is how many numbers a sample has, the first of which is its time.
const sampleFields = 13

func (c *codec) sample(m *mesh.MetricsSample) {
	c.varint(&m.At)
	unsigned(c, &m.Has)
	unsigned(c, &m.BatteryMV)
	unsigned(c, &m.UptimeS)
	signed(c, &m.NoiseDBm4)
	unsigned(c, &m.TxAirS)
	unsigned(c, &m.RxAirS)
	unsigned(c, &m.Sent)
	unsigned(c, &m.Received)
	unsigned(c, &m.RecvErrors)
	unsigned(c, &m.FreeHeap)
	unsigned(c, &m.QueueLen)
	unsigned(c, &m.ErrorFlags)
}

func (c *codec) gap(g *mesh.Gap) {
	c.varint(&g.From)
	c.varint(&g.To)
	c.string(&g.Kind)
	c.string(&g.Subject)
	c.varint(&g.Lost)
	c.string(&g.Note)
}

// numbered is a value of a ring: its place there is its number modulo the
// ring's size.
type numbered[T any] struct {
	seq   uint64
	value T
}

func (c *codec) malformed(m *numbered[mesh.Malformed]) {
	c.uvarint(&m.seq)
	c.varint(&m.value.At)
	c.string(&m.value.Source)
	c.string(&m.value.Reason)
	c.string(&m.value.Topic)
	c.bytes(&m.value.Payload)
}

func (c *codec) rejected(r *numbered[mesh.RejectedAdvert]) {
	v := &r.value
	c.uvarint(&r.seq)
	c.varint(&v.At)
	c.fixed(v.Hash[:])
	c.fixed(v.Key[:])
	unsigned(c, &v.Observer)
	c.string(&v.Reason)
}

// count is how often something happened, by two names.
type count struct {
	a, b string
	n    int64
}

func (c *codec) count(n *count) {
	c.string(&n.a)
	c.string(&n.b)
	c.varint(&n.n)
}

func nodeKey(k meshcore.PublicKey) string { return "n/" + k.String() }
