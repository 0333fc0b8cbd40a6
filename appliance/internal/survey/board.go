package survey

import (
	"context"
	"slices"
	"strings"
	"time"

	"hilltop/appliance/internal/health"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Board is a survey. It never changes.
type Board struct {
	From, To int64 // of the day: whole hours, Unix ms; To is what "as of" says
	Day      *Day
	Hours    []Hour // of the week up to To, oldest first: the day is the last of them

	Preset     meshcore.Preset // that airtimes are of
	PresetSaid bool            // observers said so; else it is the firmware's default

	Worths     []Worth                             // of every relay, the one that carried most first
	Places     map[meshcore.PublicKey]health.Doubt // of every node that sent a position; "" is believed
	Longest    []Link                              // of the last seven days
	Beyond     []Link                              // links too long to be believed, likewise
	Located    [2]int                              // how many links there are of these two
	Collisions [4][]health.Collision               // by bytes a hop, from 1
	Relays     []health.Relay

	worth   map[meshcore.PublicKey]int
	ways    wayTable
	unnamed int64
	byDay   map[uint32]*believed // links that are not certain, of all that is held up to To, by days since 1970 in which transmissions are stored
}

// Worth is what a relay is worth; false if it is none.
func (b *Board) Worth(key meshcore.PublicKey) (Worth, bool) {
	i, ok := b.worth[key]
	if !ok {
		return Worth{}, false
	}
	return b.Worths[i], true
}

// Sources are what a survey is made from.
type Sources struct {
	Past   index.Past
	Facts  index.Facts
	Nodes  *index.Nodes
	Links  *index.Links
	Relays *index.Relays // who is believed to have relayed; nil: nothing is believed
	Named  Named         // over which steps names were decided; nil: over none
	Scopes []string      // names that are tried on transport codes, in order

	told  func(from, to uint32) int64 // tells apart what was named of hours at different times; nil: nothing ever is
	again func() int64                // how many times an hour was named once more; likewise
	held  func(from, to uint32) int64 // how many observations are stored in hours; nil: it does not matter
	sums  hourSums                    // of hours that were counted before; nil: nothing is kept
	past  *past                       // what was counted of days before; nil: nothing is kept
}

// Spans of a survey.
const (
	hourMs   = 3_600_000
	dayHours = 24
	dayMs    = dayHours * hourMs
	linkSpan = 7 * 24 * hourMs // over which links are seen: neighbours that advert daily are then known
)

// Make surveys the day up to the start of an hour, Unix ms. What is stored later
// and what nodes say later of their places and hops changes nothing; of what else is
// known of nodes and observers, see state. It is broken off when ctx is done.
func (s Sources) Make(ctx context.Context, to int64) (*Board, error) {
	b := &Board{From: to - dayHours*hourMs, To: to, worth: map[meshcore.PublicKey]int{}}
	observers := s.Facts.Observers()
	b.Preset, b.PresetSaid = PresetOf(observers)
	names, nodes := s.Nodes.Naming(), s.nodesBy(to)
	until := s.Links.Until(to)
	floods, err := s.day(ctx, b, until)
	if err != nil {
		return nil, err
	}
	links := until.List(names, to-linkSpan)
	nodeOf := nodesOf(observers)
	w := weave(nodes, links, nodeOf)
	at := b.places(nodes, w)
	b.Longest, b.Beyond, b.Located = lengths(links, at, nodeOf)
	air, err := s.named(ctx, b, names, floods, newWays(names, at, nodeOf))
	if err != nil {
		return nil, err
	}
	links = possible(links, at, nodeOf)
	w = weave(nodes, links, nodeOf)
	b.Worths = worths(b, w, names, dayHours*time.Hour)
	for i, r := range b.Worths {
		b.worth[r.Key] = i
		if s.Relays != nil {
			b.Worths[i].Believed = s.Relays.Count(r.Key, s.Nodes.Hops(r.Key), b.From, b.To).Believed
		}
	}
	if likely := b.AllBelieved(to-linkSpan, to); len(likely) > 0 || len(air) > 0 {
		b.likely(weave(nodes, append(possible(likely, at, nodeOf), links...), nodeOf), air)
	}
	b.relays(nodes, w, at)
	return b, ctx.Err()
}

// day counts what is stored in the hours of the day, and lists its floods by the hour.
func (s Sources) day(ctx context.Context, b *Board, until *index.LinksUntil) (floods [dayHours][]flood, err error) {
	c, held := newCounter(b.Preset, s.Scopes), s.Past.Hours()
	for i := range floods {
		hour := uint32(b.From/hourMs) + uint32(i)
		c.begin(int64(hour) * hourMs)
		if !slices.Contains(held, hour) {
			continue
		}
		s.Past.Pick(hour).Each(func(t *mesh.Scanned) bool {
			c.add(t)
			until.Add(hour, t)
			floods[i] = s.floods(floods[i], t)
			return ctx.Err() == nil
		})
	}
	b.Day = c.day
	b.Hours = s.week(ctx, b, c.hours)
	return floods, ctx.Err()
}

// named goes through the names of the floods of the day, and of what is held before
// it. It gives how long they were sent on by relays that are only believed.
func (s Sources) named(ctx context.Context, b *Board, names index.Naming, floods [dayHours][]flood, ways *ways) (air map[meshcore.PublicKey]time.Duration, err error) {
	sent := newSendings(names, b.Preset)
	days := s.believedBefore(ctx, b, names, s.Past.Hours())
	for i, list := range floods {
		if len(list) > 0 {
			ways.hour = i
			tell(ctx, list, s.Named, sent, ways, days.of(uint32(b.From/hourMs)+uint32(i)))
		}
	}
	b.byDay, b.ways, b.unnamed = days.done(), ways.wayTable, sent.none
	return sent.air, ctx.Err()
}

// Unnamed is how many floods of the day nothing was decided of.
func (b *Board) Unnamed() int64 { return b.unnamed }

// floods adds a transmission of which names may have been decided to a list.
func (s Sources) floods(list []flood, t *mesh.Scanned) []flood {
	if s.Named == nil || t.Tree.Width == 0 {
		return list
	}
	return append(list, flood{t.ID, t.Verified, frameBytes(t, t.Tree.Header, 0)})
}

// nodesOf tells which node an observer is.
func nodesOf(observers []mesh.Observer) func(uint32) (meshcore.PublicKey, bool) {
	keys := make(map[uint32]meshcore.PublicKey, len(observers))
	for _, o := range observers {
		if key, err := meshcore.ParsePublicKey(strings.ToLower(o.ID)); err == nil {
			keys[o.Num] = key
		}
	}
	return func(num uint32) (meshcore.PublicKey, bool) {
		key, ok := keys[num]
		return key, ok
	}
}

// places judges every position.
func (b *Board) places(nodes []index.NodeStats, w web) map[meshcore.PublicKey]spot {
	b.Places = map[meshcore.PublicKey]health.Doubt{}
	at := map[meshcore.PublicKey]spot{}
	var all []mesh.Place
	for _, n := range nodes {
		if p, ok := placeOf(n.Node); ok {
			at[n.Node.Key] = spot{place: p}
			all = append(all, p)
		}
	}
	i := 0
	for _, n := range nodes {
		s, ok := at[n.Node.Key]
		if !ok {
			continue
		}
		around := health.Around{Others: slices.Delete(slices.Clone(all), i, i+1)}
		for _, k := range w.near[n.Node.Key] {
			if other, ok := at[k]; ok {
				around.Heard = append(around.Heard, other.place)
			}
		}
		s.doubt = health.JudgePlace(PlacesOf(n.Node), around)
		at[n.Node.Key], b.Places[n.Node.Key] = s, s.doubt
		i++
	}
	return at
}

// placeOf is the position that a node sent last.
func placeOf(n mesh.Node) (mesh.Place, bool) {
	return mesh.Place{LatE6: n.LatE6, LonE6: n.LonE6}, n.HasPosition
}

// PlacesOf are a node's positions over time, of which the last is the present
// one.
func PlacesOf(n mesh.Node) []mesh.Spell[mesh.Place] {
	if n.Past != nil && len(n.Past.Places) > 0 {
		return n.Past.Places
	}
	p, ok := placeOf(n)
	if !ok {
		return nil
	}
	return []mesh.Spell[mesh.Place]{{Value: p, From: n.LastAdvert, To: n.LastAdvert}}
}

// relays finds the hops that several relays have.
func (b *Board) relays(nodes []index.NodeStats, w web, at map[meshcore.PublicKey]spot) {
	width := map[meshcore.PublicKey]uint8{}
	for _, n := range nodes {
		width[n.Node.Key] = n.Node.HopWidth
	}
	for _, key := range w.relays {
		r := health.Relay{Key: key, Width: width[key], Near: w.near[key]}
		if s, ok := at[key]; ok && s.doubt == health.Believed {
			r.Place, r.HasPlace = s.place, true
		}
		b.Relays = append(b.Relays, r)
	}
	for width := 1; width <= 3; width++ {
		b.Collisions[width] = health.Collisions(b.Relays, width)
	}
}
