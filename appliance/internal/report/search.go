package report

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// PacketSearch says which packets are wanted, and which part of their list.
// Its zero value wants all, but a Limit of 0 gives no rows.
type PacketSearch struct {
	Types     []meshcore.Type
	Routes    []meshcore.Route // with them, regions and observers: of one and the same reception
	Regions   []string         // upper case
	Observers []mesh.Observer
	NoOne     bool                 // an observer was named that is not known: no reception is wanted
	Hash      string               // lower-case hex prefix
	From, To  int64                // first received within [From, To), Unix ms; 0 is open
	OfNodes   bool                 // only packets that one of Nodes sent or certainly relayed
	Nodes     []meshcore.PublicKey // none, with OfNodes: no packet
	Channel   string               // name of a channel, or "enc_" and a hash byte in hex for what no key opens

	Ascending bool // oldest first
	Offset    int
	Limit     int
}

// FoundPacket is a packet with all its receptions: one episode, or the
// episodes of one hash that a search wants.
type FoundPacket struct {
	ID         uint64 // of the newest episode
	Hash       meshcore.Hash
	Type       meshcore.Type
	Payload    []byte
	First      int64       // where the earliest copy stands, Unix ms
	Last       int64       // and the latest
	Receptions []Reception // in the order in which they stand
	// Best is the reception with the longest path, of several the first: it
	// tells most of the packet's way. It is one that the search wants.
	Best Reception
}

// FoundPackets is a part of the list of packets found.
type FoundPackets struct {
	Rows  []FoundPacket
	Total int // packets that match, over all that is held
}

// matcher is a search with the store's numbers in place of names.
type matcher struct {
	filter
	routes   uint8 // bit n: route n; 0 all
	none     bool
	hash     string
	ofNodes  bool
	senders  map[meshcore.PublicKey]bool
	hops     map[meshcore.Hop]bool // that are one of the wanted nodes' alone
	channel  func(*mesh.Scanned) bool
	wantsAll bool // no filter but the time
}

func (p Packets) matcher(q PacketSearch) matcher {
	m := matcher{filter: p.filter(PacketQuery{Types: q.Types, Regions: q.Regions}), none: q.NoOne, hash: q.Hash, ofNodes: q.OfNodes}
	if len(q.Observers) > 0 || q.NoOne {
		m.observers = map[uint32]bool{}
		for _, o := range q.Observers {
			m.observers[o.Num] = true
		}
	}
	for _, r := range q.Routes {
		m.routes |= 1 << (r & 3)
	}
	if q.OfNodes {
		m.senders, m.hops = map[meshcore.PublicKey]bool{}, map[meshcore.Hop]bool{}
		for _, key := range q.Nodes {
			m.senders[key] = true
			for width := 1; width <= 3; width++ {
				if n, ok := p.Nodes.NameHop(key.Hop(width)); ok && n.Key == key {
					m.hops[key.Hop(width)] = true
				}
			}
		}
	}
	if q.Channel != "" {
		m.channel = p.channelMatch(q.Channel)
	}
	m.wantsAll = m.types == 0 && m.regions == nil && m.observers == nil && m.routes == 0 && !m.none && m.hash == "" && !m.ofNodes && m.channel == nil
	return m
}

// channelMatch tells which packets are of a channel: those that its key opens,
// or, for "enc_" and a hash byte, those of this byte that no key opens.
func (p Packets) channelMatch(name string) func(*mesh.Scanned) bool {
	opened := func(s *mesh.Scanned) (string, bool) {
		switch s.Type {
		case meshcore.TypeGrpTxt:
			if t := index.ReadText(p.Ring, s.Payload); t != nil {
				return t.Channel, true
			}
		case meshcore.TypeGrpData:
			if o, err := p.Ring.Open(s.Payload); err == nil {
				return o.Channel.Name, true
			}
		}
		return "", false
	}
	group := func(s *mesh.Scanned) bool {
		return (s.Type == meshcore.TypeGrpTxt || s.Type == meshcore.TypeGrpData) && len(s.Payload) > 0
	}
	if hash, ok := LockedRef(name); ok {
		return func(s *mesh.Scanned) bool {
			if !group(s) || s.Payload[0] != hash {
				return false
			}
			_, open := opened(s)
			return !open
		}
	}
	bytes := map[byte]bool{}
	for _, c := range p.Ring.Channels() {
		if c.Name == name {
			bytes[c.Key.HashByte()] = true
		}
	}
	return func(s *mesh.Scanned) bool {
		if !group(s) || !bytes[s.Payload[0]] {
			return false
		}
		have, open := opened(s)
		return open && have == name
	}
}

// LockedRef reads the name under which clients know what no key opens: "enc_"
// and the hash byte in two hex digits.
func LockedRef(name string) (hash byte, ok bool) {
	digits, ok := strings.CutPrefix(name, "enc_")
	if !ok || len(digits) != 2 {
		return 0, false
	}
	_, err := fmt.Sscanf(strings.ToLower(digits), "%02x", &hash)
	return hash, err == nil
}

// matchRoute tells whether a reception came by a wanted route.
func (m *matcher) matchRoute(header byte) bool { return m.routes == 0 || m.routes&(1<<(header&3)) != 0 }

// matchCopy tells whether one reception is wanted.
func (m *matcher) matchCopy(observer uint32, region uint16, header byte) bool {
	return !m.none && m.matchRoute(header) && (m.observers == nil || m.observers[observer]) && (m.regions == nil || m.regions.match(region))
}

// match tells whether a packet is wanted.
func (m *matcher) match(s *mesh.Scanned) bool {
	if m.wantsAll {
		return true
	}
	if m.types != 0 && m.types&(1<<(s.Type&15)) == 0 || m.hash != "" && !strings.HasPrefix(s.Hash.String(), m.hash) {
		return false
	}
	if m.regions != nil || m.observers != nil || m.routes != 0 || m.none {
		if !slices.ContainsFunc(s.Obs, func(o mesh.ScannedObs) bool { return m.matchCopy(o.Observer, o.Region, o.Header) }) {
			return false
		}
	}
	return (!m.ofNodes || m.matchNodes(s)) && (m.channel == nil || m.channel(s))
}

// matchNodes tells whether a wanted node sent the packet or certainly relayed
// it.
func (m *matcher) matchNodes(s *mesh.Scanned) bool {
	if s.Type == meshcore.TypeAdvert {
		var key meshcore.PublicKey
		if copy(key[:], s.Payload) == len(key) && m.senders[key] {
			return true
		}
	}
	found := false
	if len(m.hops) > 0 {
		heardHops(s, func(h meshcore.Hop) { found = found || m.hops[h] })
	}
	return found
}

// Search lists packets, one row an episode: the newest first unless the oldest
// are asked for, and counts all that match.
func (p Packets) Search(ctx context.Context, q PacketSearch) (out FoundPackets, err error) {
	m := p.matcher(q)
	type place struct {
		first int64
		id    uint64
	}
	var places []place
	if m.wantsAll && q.From == 0 && q.To == 0 {
		return p.part(ctx, q)
	}
	if err := p.each(ctx, q, &m, func(s *mesh.Scanned) {
		places = append(places, place{s.First, s.ID})
	}); err != nil {
		return out, err
	}
	out.Total = len(places)
	if q.Ascending {
		slices.Reverse(places)
	}
	for _, at := range pageOf(places, q.Offset, q.Limit) {
		if tx, ok := p.Store.PacketByID(at.id); ok {
			out.Rows = append(out.Rows, p.found([]mesh.Transmission{tx}, &m))
		}
	}
	return out, nil
}

// part lists packets where every one is wanted: their number is known, and only
// the rows up to the last have to be looked at.
func (p Packets) part(ctx context.Context, q PacketSearch) (out FoundPackets, err error) {
	out.Total = int(p.Store.Counts().Transmissions)
	n := 0
	take := func(tx mesh.Transmission) bool {
		if n++; n > q.Offset && n <= q.Offset+q.Limit {
			out.Rows = append(out.Rows, p.found([]mesh.Transmission{tx}, &matcher{}))
		}
		return n < q.Offset+q.Limit && ctx.Err() == nil
	}
	if q.Ascending {
		p.Store.Scan(math.MinInt64, math.MaxInt64, take)
	} else {
		p.Store.Newest(mesh.Cursor{}, math.MinInt64, math.MaxInt64, take)
	}
	return out, ctx.Err()
}

// SearchGrouped lists packets, one row a hash: those with the latest copy
// first unless the earliest are asked for.
func (p Packets) SearchGrouped(ctx context.Context, q PacketSearch) (out FoundPackets, err error) {
	m := p.matcher(q)
	type group struct {
		hash meshcore.Hash
		last int64
		ids  []uint64
	}
	var groups []group
	place := map[meshcore.Hash]int32{}
	if err := p.each(ctx, q, &m, func(s *mesh.Scanned) {
		i, ok := place[s.Hash]
		if !ok {
			i = int32(len(groups))
			place[s.Hash] = i
			groups = append(groups, group{hash: s.Hash})
		}
		g := &groups[i]
		g.last = max(g.last, lastOf(s))
		g.ids = append(g.ids, s.ID)
	}); err != nil {
		return out, err
	}
	slices.SortFunc(groups, func(a, b group) int {
		c := cmp.Or(cmp.Compare(b.last, a.last), cmp.Compare(b.ids[0], a.ids[0]))
		if q.Ascending {
			return -c
		}
		return c
	})
	out.Total = len(groups)
	for _, g := range pageOf(groups, q.Offset, q.Limit) {
		var all []mesh.Transmission
		for _, id := range g.ids {
			if tx, ok := p.Store.PacketByID(id); ok {
				all = append(all, tx)
			}
		}
		if len(all) > 0 {
			out.Rows = append(out.Rows, p.found(all, &m))
		}
	}
	return out, nil
}

// Timestamps tells where the packets stand that were first received at since
// or later, Unix ms, oldest first.
func (p Packets) Timestamps(ctx context.Context, since int64) ([]int64, error) {
	all := []int64{}
	err := p.each(ctx, PacketSearch{From: since}, &matcher{wantsAll: true}, func(s *mesh.Scanned) { all = append(all, s.First) })
	slices.Reverse(all)
	return all, err
}

// each calls fn for every packet that matches, newest first.
func (p Packets) each(ctx context.Context, q PacketSearch, m *matcher, fn func(*mesh.Scanned)) error {
	if len(q.Hash) == 2*len(meshcore.Hash{}) {
		return p.eachOfHash(q, m, fn)
	}
	from, to := PacketQuery{From: q.From, To: q.To}.span()
	n := 0
	scan(p.Store, from, to, func(s *mesh.Scanned) bool {
		if m.match(s) {
			fn(s)
		}
		n++
		return n%1024 != 0 || ctx.Err() == nil
	})
	return ctx.Err()
}

// eachOfHash is each for a whole hash, which the store finds at once.
func (p Packets) eachOfHash(q PacketSearch, m *matcher, fn func(*mesh.Scanned)) error {
	hash, err := meshcore.ParseHash(q.Hash)
	if err != nil {
		return err
	}
	episodes := p.Store.Packets(hash)
	slices.Reverse(episodes)
	var s mesh.Scanned
	for _, tx := range episodes {
		show(&s, tx)
		if (PacketQuery{From: q.From, To: q.To}).inside(s.First) && m.match(&s) {
			fn(&s)
		}
	}
	return nil
}

// found joins episodes of one hash.
func (p Packets) found(episodes []mesh.Transmission, m *matcher) FoundPacket {
	newest := episodes[0]
	for _, tx := range episodes[1:] {
		if tx.First() > newest.First() {
			newest = tx
		}
	}
	out := FoundPacket{ID: newest.ID, Hash: newest.Hash, Type: newest.Type, Payload: newest.Payload, First: math.MaxInt64}
	for _, tx := range episodes {
		out.Receptions = append(out.Receptions, p.receptions(tx)...)
		out.First, out.Last = min(out.First, tx.First()), max(out.Last, tx.Last())
	}
	slices.SortStableFunc(out.Receptions, func(a, b Reception) int { return cmp.Compare(a.Obs.At, b.Obs.At) })
	out.Best = best(out.Receptions, func(r Reception) bool { return m.matchCopy(r.Obs.Observer, r.Obs.Region, r.Obs.Header) })
	return out
}

// best is the wanted reception with the longest path, of several the first;
// the first of all if none is wanted.
func best(all []Reception, wanted func(Reception) bool) Reception {
	found := -1
	for i, r := range all {
		if wanted(r) && (found < 0 || r.Path.Len() > all[found].Path.Len()) {
			found = i
		}
	}
	return all[max(found, 0)]
}

// Found describes one packet, all its episodes joined; false if none is held.
func (p Packets) Found(hash meshcore.Hash) (FoundPacket, bool) {
	episodes := p.Store.Packets(hash)
	if len(episodes) == 0 {
		return FoundPacket{}, false
	}
	return p.found(episodes, &matcher{}), true
}

// Episodes describes episodes by their numbers; those that are no longer held
// are left out.
func (p Packets) Episodes(ids []uint64) (out []FoundPacket) {
	for _, id := range ids {
		if tx, ok := p.Store.PacketByID(id); ok {
			out = append(out, p.found([]mesh.Transmission{tx}, &matcher{}))
		}
	}
	return out
}
