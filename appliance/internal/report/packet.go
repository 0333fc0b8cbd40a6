package report

import (
	"cmp"
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/naming"
	"hilltop/firmware-bridge/meshcore"
)

// PacketDetail is everything about one packet: all its episodes joined.
type PacketDetail struct {
	Hash       meshcore.Hash
	Type       meshcore.Type
	Episodes   []Episode
	Receptions []Reception // of all episodes, in the order in which they stand
	Selected   int         // index in Receptions
	Chosen     bool        // whether the selection was asked for
	Scope      Scope       // of the selected reception
	Content    Content
	Frame      []byte // of the selected reception: its own bytes
	Described  meshcore.Description
	Sender     *mesh.Node // of an advert or an ANON_REQ, by its key
	Relayed    Relayed    // of the selected reception
}

// Relayed is who relayed a copy, explained.
type Relayed struct {
	Hops    []naming.Candidates // in the order of the path; nil where there is nothing to explain
	Decided int64               // when names were decided, Unix ms; 0 if they are provisional
	Passed  bool                // the day's pass decided them
	Least   float64             // how likely a node must be to be named
	node    func(meshcore.PublicKey) (mesh.Node, bool)
}

// Node is what is known of a candidate: at least its key.
func (r Relayed) Node(k meshcore.PublicKey) mesh.Node {
	n, _ := r.node(k)
	n.Key = k
	return n
}

// Episode is a span within which copies were heard.
type Episode struct {
	ID          uint64
	First, Last int64 // Unix ms
	Copies      int
}

// Selection names a reception: by its place, or the first of an observer.
type Selection struct {
	Episode  uint64 // with Num; 0 if by observer
	Num      int
	Observer string // ID
}

// Packet describes the packet of this hash, false if none is held. A selection
// that fits no reception gives ok too, with Chosen unset: the reception may
// have been removed with its episode.
func (p Packets) Packet(hash meshcore.Hash, sel Selection) (PacketDetail, bool) {
	episodes := p.Store.Packets(hash)
	if len(episodes) == 0 {
		return PacketDetail{}, false
	}
	newest := episodes[len(episodes)-1]
	d := PacketDetail{Hash: hash, Type: newest.Type}
	for _, tx := range episodes {
		d.Episodes = append(d.Episodes, Episode{ID: tx.ID, First: tx.First(), Last: tx.Last(), Copies: len(tx.Observations)})
		d.Receptions = append(d.Receptions, p.receptions(tx)...)
	}
	slices.SortStableFunc(d.Receptions, func(a, b Reception) int { return cmp.Compare(a.Obs.At, b.Obs.At) })
	if i := slices.IndexFunc(d.Receptions, sel.fits); i >= 0 {
		d.Selected, d.Chosen = i, true
	}
	chosen := d.Receptions[d.Selected].Obs
	d.Frame = chosen.Frame(newest.Payload)
	d.Described = meshcore.Describe(d.Frame, meshcore.Options{Ring: p.Ring, Regions: p.Scopes})
	d.Scope = p.scope(chosen.Packet(newest.Payload))
	d.Content = p.content(newest)
	d.Sender = p.sender(d.Content)
	d.Relayed = p.relayed(episodes, d.Receptions[d.Selected])
	return d, true
}

// relayed explains the hops of a reception.
func (p Packets) relayed(episodes []mesh.Transmission, r Reception) Relayed {
	if p.Names == nil || r.Path.Kind != PathHeard {
		return Relayed{}
	}
	for _, tx := range episodes {
		if tx.ID == r.Episode {
			names := p.Names.Paths(tx)
			return Relayed{Hops: p.Names.Explain(tx, r.Num), Decided: names.Decided, Passed: names.Passed, Least: p.Names.Threshold(), node: p.Store.Node}
		}
	}
	return Relayed{}
}

func (s Selection) fits(r Reception) bool {
	if s.Observer != "" {
		return r.Observer.ID == s.Observer
	}
	return s.Episode != 0 && r.Episode == s.Episode && r.Num == s.Num
}

// sender is the node that a payload names by its whole key.
func (p Packets) sender(c Content) *mesh.Node {
	var key meshcore.PublicKey
	switch {
	case c.Advert != nil:
		key = c.Advert.Key
	case c.Ends != nil && c.Ends.Sender != nil:
		key = *c.Ends.Sender
	default:
		return nil
	}
	if n, ok := p.Store.Node(key); ok {
		return &n
	}
	return nil
}

// Near lists hashes held that begin like this lower-case hex, as long as the
// common beginning has at least four digits; longest beginnings first.
func (p Packets) Near(prefix string, limit int) []meshcore.Hash {
	for n := len(prefix); n >= 4; n-- {
		if found := p.Store.ByPrefix(prefix[:n], limit); len(found) > 0 {
			return found
		}
	}
	return nil
}

// Few gives the newest episode's row of each hash.
func (p Packets) Few(hashes []meshcore.Hash) []PacketRow {
	var out []PacketRow
	for _, h := range hashes {
		if all := p.Store.Packets(h); len(all) > 0 {
			out = append(out, p.row(all[len(all)-1], &matcher{}))
		}
	}
	return out
}
