package report

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

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
	Whole     bool // rows with all their receptions
	Offset    int
	Limit     int
}

// FoundPacket is a packet: one episode, or the episodes of one hash that a
// search wants.
type FoundPacket struct {
	ID         uint64 // of the newest episode
	Hash       meshcore.Hash
	Type       meshcore.Type
	Payload    []byte
	First      int64       // where the earliest copy stands, Unix ms
	Last       int64       // and the latest
	Copies     int         // observations
	Observers  int         // different ones that made them
	Regions    []string    // where these were, sorted
	Receptions []Reception // all, in the order in which they stand, if they were asked for
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
	channel  func(meshcore.Type, []byte) bool
	wantsAll bool                  // no filter but the time
	tree     func(*mesh.Tree) bool // whether a tree may match; nil: any

	shown mesh.Scanned // for one that has been unpacked
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
func (p Packets) channelMatch(name string) func(meshcore.Type, []byte) bool {
	opened := func(kind meshcore.Type, payload []byte) (string, bool) {
		switch kind {
		case meshcore.TypeGrpTxt:
			if t := index.ReadText(p.Ring, payload); t != nil {
				return t.Channel, true
			}
		case meshcore.TypeGrpData:
			if o, err := p.Ring.Open(payload); err == nil {
				return o.Channel.Name, true
			}
		}
		return "", false
	}
	group := func(kind meshcore.Type, payload []byte) bool {
		return (kind == meshcore.TypeGrpTxt || kind == meshcore.TypeGrpData) && len(payload) > 0
	}
	if hash, ok := LockedRef(name); ok {
		return func(kind meshcore.Type, payload []byte) bool {
			if !group(kind, payload) || payload[0] != hash {
				return false
			}
			_, open := opened(kind, payload)
			return !open
		}
	}
	bytes := map[byte]bool{}
	for _, c := range p.Ring.Channels() {
		if c.Name == name {
			bytes[c.Key.HashByte()] = true
		}
	}
	return func(kind meshcore.Type, payload []byte) bool {
		if !group(kind, payload) || !bytes[payload[0]] {
			return false
		}
		have, open := opened(kind, payload)
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
	if !m.kind(s.Type) || m.hash != "" && !strings.HasPrefix(s.Hash.String(), m.hash) {
		return false
	}
	if m.regions != nil || m.observers != nil || m.routes != 0 || m.none {
		if !slices.ContainsFunc(s.Obs, func(o mesh.ScannedObs) bool { return m.matchCopy(o.Observer, o.Region, o.Header) }) {
			return false
		}
	}
	return (!m.ofNodes || m.matchNodes(s)) && (m.channel == nil || m.channel(s.Type, s.Payload))
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
	return len(m.hops) > 0 && heardHop(s, m.hops)
}

// kind tells whether a payload type is wanted.
func (m *matcher) kind(t meshcore.Type) bool { return m.types == 0 || m.types&(1<<(t&15)) != 0 }

// Search lists packets, one row an episode: the newest first unless the oldest
// are asked for, and counts all that match.
func (p Packets) Search(ctx context.Context, q PacketSearch) (out FoundPackets, err error) {
	m := p.matcher(q)
	if m.wantsAll && q.From == 0 && q.To == 0 {
		return p.part(ctx, q)
	}
	list, err := p.places(ctx, q, &m)
	if err != nil {
		return out, err
	}
	out.Total = list.total
	for _, at := range list.part(q.Offset, q.Limit, q.Ascending) {
		if tx, ok := p.Store.PacketByID(at.id); ok {
			out.Rows = append(out.Rows, p.found([]mesh.Transmission{tx}, &m, q.Whole))
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
			out.Rows = append(out.Rows, p.found([]mesh.Transmission{tx}, &matcher{}, q.Whole))
		}
		return n < q.Offset+q.Limit && ctx.Err() == nil
	}
	if q.Offset+q.Limit > deepOffset {
		list, err := p.places(ctx, q, &matcher{wantsAll: true})
		for _, at := range list.part(q.Offset, q.Limit, q.Ascending) {
			if tx, ok := p.Store.PacketByID(at.id); ok {
				out.Rows = append(out.Rows, p.found([]mesh.Transmission{tx}, &matcher{}, q.Whole))
			}
		}
		return out, err
	}
	if q.Ascending {
		p.Store.Scan(math.MinInt64, math.MaxInt64, take)
	} else {
		p.Store.Newest(mesh.Cursor{}, math.MinInt64, math.MaxInt64, take)
	}
	return out, ctx.Err()
}

// deepOffset is from where on it is cheaper to find the places of all packets
// than to read those that are left out.
const deepOffset = 2000

// SearchGrouped lists packets, one row a hash: those with the latest copy
// first unless the earliest are asked for.
func (p Packets) SearchGrouped(ctx context.Context, q PacketSearch) (out FoundPackets, err error) {
	m := p.matcher(q)
	list, err := p.places(ctx, q, &m)
	if err != nil {
		return out, err
	}
	out.Total = list.hashes()
	from, n := q.Offset, q.Limit
	if q.Ascending { // counted from the other end
		from = out.Total - q.Offset - q.Limit
		n = min(n, n+from)
		from = max(from, 0)
	}
	groups := p.latest(list, from+max(n, 0))
	rows := groups[min(from, len(groups)):]
	if q.Ascending {
		slices.Reverse(rows)
	}
	in := q.span()
	for _, g := range rows {
		episodes := slices.DeleteFunc(p.Store.Packets(g.hash), func(tx mesh.Transmission) bool {
			show(&m.shown, tx)
			return !in.has(tx.First()) || !m.match(&m.shown)
		})
		if len(episodes) > 0 {
			out.Rows = append(out.Rows, p.found(episodes, &m, q.Whole))
		}
	}
	return out, nil
}

// hashGroup is a hash and where the latest of its copies stands.
type hashGroup struct {
	hash meshcore.Hash
	last int64
	id   uint64 // of the newest episode
}

// latest gives the n hashes with the latest copies, the latest first. No copy
// stands more than ten minutes after its episode's first: what begins earlier
// than that before a group cannot come before it.
func (p Packets) latest(list places, n int) (groups []hashGroup) {
	place := map[meshcore.Hash]int{}
	settled := func(first int64) bool {
		sure := 0
		for _, g := range groups {
			if g.last > first+int64(episodeLength/time.Millisecond) {
				sure++
			}
		}
		return sure >= n
	}
	for i, at := range list.all() {
		if len(groups) >= n && i%64 == 0 && settled(at.first) {
			break
		}
		tx, ok := p.Store.PacketByID(at.id)
		if !ok {
			continue
		}
		k, seen := place[tx.Hash]
		if !seen {
			k = len(groups)
			place[tx.Hash] = k
			groups = append(groups, hashGroup{hash: tx.Hash, id: at.id})
		}
		groups[k].last = max(groups[k].last, tx.Last())
	}
	slices.SortFunc(groups, func(a, b hashGroup) int { return cmp.Or(cmp.Compare(b.last, a.last), cmp.Compare(b.id, a.id)) })
	return groups[:min(n, len(groups))]
}

// Timestamps tells where the packets stand that were first received at since
// or later, Unix ms, oldest first.
func (p Packets) Timestamps(ctx context.Context, since int64) ([]int64, error) {
	list, err := p.places(ctx, PacketSearch{From: since}, &matcher{wantsAll: true})
	all := make([]int64, 0, list.total)
	for _, at := range list.part(0, list.total, true) {
		all = append(all, at.first)
	}
	return all, err
}

// found joins episodes of one hash; whole: with all receptions.
func (p Packets) found(episodes []mesh.Transmission, m *matcher, whole bool) FoundPacket {
	out := FoundPacket{First: math.MaxInt64}
	best, wanted := struct{ tx, num, hops int }{}, false
	var at int64
	var observers []uint32
	for n, tx := range episodes {
		if first := tx.First(); n == 0 || first > at {
			at = first
			out.ID, out.Hash, out.Type, out.Payload = tx.ID, tx.Hash, tx.Type, tx.Payload
		}
		out.First, out.Last, out.Copies = min(out.First, tx.First()), max(out.Last, tx.Last()), out.Copies+len(tx.Observations)
		for i, o := range tx.Observations {
			if !slices.Contains(observers, o.Observer) {
				observers = append(observers, o.Observer)
			}
			if r := p.region(o); r != "" && !slices.Contains(out.Regions, r) {
				out.Regions = append(out.Regions, r)
			}
			hops, have := int(o.PathLen&63), episodes[best.tx].Observations[best.num]
			switch is := m.matchCopy(o.Observer, o.Region, o.Header); {
			case is && !wanted, is && (hops > best.hops || hops == best.hops && o.At < have.At), !is && !wanted && o.At < have.At:
				best.tx, best.num, best.hops, wanted = n, i, hops, is
			}
		}
		if whole {
			out.Receptions = append(out.Receptions, p.receptions(tx)...)
		}
	}
	out.Observers = len(observers)
	slices.Sort(out.Regions)
	slices.SortStableFunc(out.Receptions, func(a, b Reception) int { return cmp.Compare(a.Obs.At, b.Obs.At) })
	out.Best = p.reception(episodes[best.tx], best.num)
	if p.Names != nil {
		p.resolve(out.Best.Path.Hops, p.Names.Paths(episodes[best.tx]).Hops[best.num])
	}
	return out
}

// Found describes one packet, all its episodes joined; false if none is held.
func (p Packets) Found(hash meshcore.Hash) (FoundPacket, bool) {
	episodes := p.Store.Packets(hash)
	if len(episodes) == 0 {
		return FoundPacket{}, false
	}
	return p.found(episodes, &matcher{}, true), true
}

// Episodes describes episodes by their numbers; those that are no longer held
// are left out.
func (p Packets) Episodes(ids []uint64) (out []FoundPacket) {
	for _, id := range ids {
		if tx, ok := p.Store.PacketByID(id); ok {
			out = append(out, p.found([]mesh.Transmission{tx}, &matcher{}, true))
		}
	}
	return out
}
