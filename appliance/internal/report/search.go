package report

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"hilltop/appliance/internal/figure"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// PacketSearch says which packets are wanted, and which part of their list.
// Its zero value wants all, but a Limit of 0 gives no rows.
type PacketSearch struct {
	Types     []meshcore.Type
	Routes    []meshcore.Route     // with them, widths, SNR, regions and observers: of one and the same reception
	Widths    []int                // bytes a hop, 1 to 3
	SNR4      Range                // quarter dB; unknown does not match
	Regions   []string             // upper case
	Observers []string             // by ID
	Hash      string               // lower-case hex prefix
	From, To  int64                // first received within [From, To), Unix ms; 0 is open
	OfNodes   bool                 // only packets in which one of Nodes has the Part
	Nodes     []meshcore.PublicKey // none, with OfNodes: no packet
	Part      NodePart
	In        *Areas // only packets whose sender is known and stands there; nil: any
	Channel   string // name of a channel, or "enc_" and a hash byte in hex for what no key opens

	Ascending bool // oldest first
	Whole     bool // rows with all their receptions
	Offset    int
	Limit     int
}

// Range is a range of numbers, both ends in it. The zero Range says nothing.
type Range = figure.Range

// NodePart is what a node has to do with a packet.
type NodePart uint8

// The parts. A node sent an advert that it has signed; who sent other packets is not
// known. It relayed a packet if a hop of a heard path fits it alone.
const (
	PartAny NodePart = iota // sent or relayed it
	PartRelay
	PartSender
)

// FoundPacket is a packet: one episode, or the episodes of one hash that a
// search wants.
type FoundPacket struct {
	ID         uint64 // of the newest episode
	Hash       meshcore.Hash
	Type       meshcore.Type
	Verified   bool // as of mesh.Transmission
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

// span bounds where packets stand as the store takes it.
func (q PacketSearch) span() span {
	in := span{math.MinInt64, math.MaxInt64}
	if q.From != 0 {
		in.from = q.From
	}
	if q.To != 0 {
		in.to = q.To
	}
	return in
}

// Search lists packets, one row an episode: the newest first unless the oldest
// are asked for, and counts all that match.
func (p Packets) Search(ctx context.Context, q PacketSearch) (out FoundPackets, err error) {
	f, err := p.find(ctx, q, mesh.Cursor{})
	if err != nil {
		return out, err
	}
	m := p.matcher(q)
	out.Total = f.total
	out.Rows, err = described(ctx, f, f.part(q.Offset, q.Limit, q.Ascending), func(tx mesh.Transmission) FoundPacket {
		return p.found([]mesh.Transmission{tx}, &m, q.Whole)
	})
	return out, err
}

// SearchGrouped lists packets, one row a hash: those with the latest copy
// first unless the earliest are asked for.
func (p Packets) SearchGrouped(ctx context.Context, q PacketSearch) (out FoundPackets, err error) {
	f, err := p.find(ctx, q, mesh.Cursor{})
	if err == nil {
		out.Total, err = f.hashes(ctx)
	}
	if err != nil {
		return out, err
	}
	m := p.matcher(q)
	from, n := q.Offset, q.Limit
	if q.Ascending { // counted from the other end
		from = out.Total - q.Offset - q.Limit
		n = min(n, n+from)
		from = max(from, 0)
	}
	groups := f.latest(from + max(n, 0))
	rows := groups[min(from, len(groups)):]
	if q.Ascending {
		slices.Reverse(rows)
	}
	in := q.span()
	list := make([]FoundPacket, len(rows))
	err = Share(ctx, len(rows), func(_, i int) {
		episodes := slices.DeleteFunc(p.Store.Packets(rows[i].hash), func(tx mesh.Transmission) bool {
			return !in.has(tx.First()) || !m.matchTransmission(tx)
		})
		if len(episodes) > 0 {
			list[i] = p.found(episodes, &m, q.Whole)
		}
	})
	out.Rows = slices.DeleteFunc(list, func(row FoundPacket) bool { return row.Copies == 0 })
	return out, err
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
func (f *finder) latest(n int) (groups []hashGroup) {
	if n <= 0 {
		return nil
	}
	place := map[meshcore.Hash]int{}
	least := int64(math.MinInt64) // n hashes have a copy there or later
	sort := func() {
		slices.SortFunc(groups, func(a, b hashGroup) int { return cmp.Or(cmp.Compare(b.last, a.last), cmp.Compare(b.id, a.id)) })
	}
	f.each(0, false, func(at spot) bool {
		if at.first+int64(episodeLength/time.Millisecond) < least {
			return false
		}
		last := at.last()
		if last < least {
			return true
		}
		hash := at.hash()
		k, seen := place[hash]
		if !seen {
			k = len(groups)
			place[hash] = k
			groups = append(groups, hashGroup{hash: hash, id: at.id})
		}
		if groups[k].last = max(groups[k].last, last); len(groups) < 2*n {
			return true
		}
		sort()
		least, groups = groups[n-1].last, groups[:n]
		clear(place)
		for i, g := range groups {
			place[g.hash] = i
		}
		return true
	})
	sort()
	return groups[:min(n, len(groups))]
}

// Timestamps tells where the packets stand that were first received at since
// or later, Unix ms, oldest first.
func (p Packets) Timestamps(ctx context.Context, since int64) ([]int64, error) {
	f, err := p.find(ctx, PacketSearch{From: since}, mesh.Cursor{})
	if err != nil {
		return nil, err
	}
	all := make([]int64, 0, f.total)
	f.each(0, true, func(at spot) bool {
		all = append(all, at.first)
		return true
	})
	return all, nil
}

// found joins episodes of one hash; whole: with all receptions.
func (p Packets) found(episodes []mesh.Transmission, m *matcher, whole bool) FoundPacket {
	out := FoundPacket{First: math.MaxInt64}
	best, wanted := struct{ tx, num, hops int }{}, false
	var at int64
	observers, regions := make([]uint32, 0, 32), make([]uint16, 0, 8)
	for n, tx := range episodes {
		if first := tx.First(); n == 0 || first > at {
			at = first
			out.ID, out.Hash, out.Type, out.Verified, out.Payload = tx.ID, tx.Hash, tx.Type, tx.Verified, tx.Payload
		}
		out.First, out.Last, out.Copies = min(out.First, tx.First()), max(out.Last, tx.Last()), out.Copies+len(tx.Observations)
		wants := m.matchCopies(&tx)
		for i := range tx.Observations {
			o, have := &tx.Observations[i], &episodes[best.tx].Observations[best.num]
			if !slices.Contains(observers, o.Observer) {
				observers = append(observers, o.Observer)
			}
			if o.Region != 0 && !slices.Contains(regions, o.Region) {
				regions = append(regions, o.Region)
			}
			hops := int(o.PathLen & 63)
			switch is := wants(o); {
			case is && !wanted, is && (hops > best.hops || hops == best.hops && o.At < have.At), !is && !wanted && o.At < have.At:
				best.tx, best.num, best.hops, wanted = n, i, hops, is
			}
		}
		if whole {
			out.Receptions = append(out.Receptions, p.receptions(tx)...)
		}
	}
	out.Observers = len(observers)
	for _, r := range regions {
		if name := p.Store.Region(r); name != "" && !slices.Contains(out.Regions, name) {
			out.Regions = append(out.Regions, name)
		}
	}
	slices.Sort(out.Regions)
	slices.SortStableFunc(out.Receptions, func(a, b Reception) int { return cmp.Compare(a.Obs.At, b.Obs.At) })
	out.Best = p.one(episodes[best.tx], best.num)
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

// Episodes describes episodes by their numbers; whole: with all receptions. Those that
// are no longer held are left out.
func (p Packets) Episodes(ids []uint64, whole bool) (out []FoundPacket) {
	for _, id := range ids {
		if tx, ok := p.Store.PacketByID(id); ok {
			out = append(out, p.found([]mesh.Transmission{tx}, &matcher{}, whole))
		}
	}
	return out
}
