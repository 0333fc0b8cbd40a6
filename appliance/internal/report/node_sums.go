package report

import (
	"cmp"
	"context"
	"math"
	"slices"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// NodeSums is what a node sent and who heard it, over all that is held.
type NodeSums struct {
	NodeRow
	Packets    int64          // adverts that it sent, and packets that it certainly relayed
	Today      int64          // of these, what stands since midnight UTC
	Receptions int64          // of its adverts, and of copies that came by way of it
	Hops       float64        // relays that these passed, on average; 0 of none
	Observers  []NodeObserver // that heard the node itself, most receptions first
	SNR        index.SNR      // of these receptions
}

// NodeObserver is an observer that heard a node itself.
type NodeObserver struct {
	Observer mesh.Observer
	index.Link
}

// Sums adds up for some nodes; the indexes of relays and links are needed. Its
// error is that of ctx.
func (n Nodes) Sums(ctx context.Context, rows []NodeRow, now int64) ([]NodeSums, error) {
	names := n.Index.Naming()
	today := floorTo(now, dayMs)
	adverts := n.Index.SentSince(today)
	keys := make([]meshcore.PublicKey, len(rows))
	hops := make([][]meshcore.Hop, len(rows))
	for i, r := range rows {
		keys[i] = r.Node.Key
		hops[i] = n.Index.Hops(keys[i])
	}
	relayed := n.Relays.CertainOf(hops, math.MinInt64, math.MaxInt64)
	relayedToday := n.Relays.CertainOf(hops, today, math.MaxInt64)
	heard := n.Links.Received(names, keys, math.MinInt64, math.MaxInt64)
	out := make([]NodeSums, len(rows))
	err := Share(ctx, len(rows), func(_, i int) {
		h := &out[i]
		h.NodeRow = rows[i]
		h.Packets, h.Today = h.FloodAdverts+h.ZeroHopAdverts+relayed[i], adverts[keys[i]]+relayedToday[i]
		if h.Receptions = h.AdvertCopies + h.RelayedCopies; h.Receptions > 0 {
			h.Hops = float64(h.Passed) / float64(h.Receptions)
		}
		h.Observers, h.SNR = n.hearers(heard[i])
	})
	return out, err
}

// hearers names observers, most receptions first, and sums their SNR up.
func (n Nodes) hearers(links []index.Link) (list []NodeObserver, all index.SNR) {
	var sum float64
	for _, l := range links {
		o, _ := n.Store.ObserverByNum(l.Observer)
		list = append(list, NodeObserver{o, l})
		if l.SNR.Count == 0 {
			continue
		}
		if all.Count == 0 {
			all.Min, all.Max = l.SNR.Min, l.SNR.Max
		}
		all.Count += l.SNR.Count
		all.Min, all.Max = min(all.Min, l.SNR.Min), max(all.Max, l.SNR.Max)
		sum += math.Round(l.SNR.Mean4 * float64(l.SNR.Count))
	}
	if all.Count > 0 {
		all.Mean4 = sum / float64(all.Count)
	}
	slices.SortFunc(list, func(a, b NodeObserver) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Observer.Num, b.Observer.Num))
	})
	return list, all
}

// floorTo is the multiple of step at a time or before, Unix ms.
func floorTo(at, step int64) int64 {
	rest := at % step
	if rest < 0 {
		rest += step
	}
	return at - rest
}

// Recent lists a node's newest packets, at most most, the newest first: adverts
// that it sent, and packets that it certainly relayed.
func (n Nodes) Recent(key meshcore.PublicKey, most int) []uint64 {
	type one struct {
		tx    uint64
		first int64
	}
	var list []one
	if n.Relays != nil {
		n.Relays.Each(n.Index.Hops(key), math.MinInt64, math.MaxInt64, func(r index.Relayed) bool {
			list = append(list, one{r.Tx, r.First})
			return len(list) < most
		})
	}
	for _, id := range n.Index.Adverts(key, most) {
		if tx, ok := n.Store.PacketByID(id); ok && !slices.ContainsFunc(list, func(o one) bool { return o.tx == id }) {
			list = append(list, one{id, tx.First()})
		}
	}
	slices.SortFunc(list, func(a, b one) int { return cmp.Or(cmp.Compare(b.first, a.first), cmp.Compare(b.tx, a.tx)) })
	var ids []uint64
	for _, o := range list[:min(most, len(list))] {
		ids = append(ids, o.tx)
	}
	return ids
}
