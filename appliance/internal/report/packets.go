package report

import (
	"cmp"
	"context"
	"math"
	"slices"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/naming"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// Packets answers what is asked about packets. The store is open; the index
// of nodes may be nil while it is built: then hops have no names.
type Packets struct {
	Store  *store.Store
	Nodes  *index.Nodes
	Names  *naming.Names // nil while there are none: then a hop has a name where one key alone fits
	Relays *index.Relays // nil while it is built: a query for a node finds nothing then
	Ring   *meshcore.KeyRing
	Scopes []string // known names of scopes, in order
	// Memory is of results of sealed hours; nil: there is none.
	Memory *Memory
}

// PacketQuery says which packets are wanted. Its zero value wants all.
type PacketQuery struct {
	Regions   []string            // upper case; with at least one reception in one of them
	Types     []meshcore.Type     // of one of them
	Observers []string            // by ID; with at least one reception by one of them
	Relay     *meshcore.PublicKey // certainly relayed by this node
	From, To  int64               // first received within [From, To), Unix ms; 0 is open
	Hash      string              // lower-case hex prefix; when set, nothing else counts
	After     mesh.Cursor         // older than this place; the zero Cursor: from the newest
	Limit     int                 // rows wanted
}

// What one answer may cost, in packets looked at.
const (
	countBudget  = 5_000  // beyond the page, to count matches
	searchBudget = 50_000 // to fill the page
)

// PacketList is a page of the list of packets.
type PacketList struct {
	Rows     []PacketRow // newest first
	Next     mesh.Cursor // where the next page begins; valid if More
	More     bool        // whether older packets may match
	Matching int         // packets found that match, from the cursor on; a least number if !Exact
	Exact    bool
	Searched int64     // where the oldest packet looked at stands, when the search was cut short; else 0
	Held     int64     // packets held at all
	HeldFrom int64     // where the oldest stands, Unix ms; 0 when there is none
	Without  []Dropped // when nothing matches: what each filter removes
}

// Dropped tells how many packets would match without one filter.
type Dropped struct {
	Filter string // "region", "type", "obs", "time"
	Count  int
	Exact  bool
}

// PacketRow is one packet of the list: one episode of a transmission.
type PacketRow struct {
	ID         uint64
	Hash       meshcore.Hash
	Type       meshcore.Type
	First      int64 // where the earliest copy stands, Unix ms
	Size       int   // bytes of the earliest copy's frame
	Shown      Reception
	Receptions []Reception // all, in the order in which they stand
	Paths      int         // different paths among them
	Regions    []string    // of all receptions, in the order of first mention
	Scope      Scope
	Content    Content
}

// Reception is one observation, named.
type Reception struct {
	Num      int    // place within its episode, from 0; stays the same
	Episode  uint64 // ID of the episode
	Obs      mesh.Observation
	Observer mesh.Observer
	Region   string   // where the observer was, "" unknown
	Sources  []string // that delivered it
	Route    meshcore.Route
	Path     Path
	Size     int // bytes of this copy's frame
}

// Late tells whether it arrived long after it was heard.
func (r Reception) Late() bool { return r.Obs.Flags&mesh.FlagLate != 0 }

// Scope is the region that a packet with transport codes is meant for.
type Scope struct {
	Has   bool // the route carries transport codes
	Name  string
	Codes [2]uint16
}

// List is a page of packets, newest first.
func (p Packets) List(ctx context.Context, q PacketQuery) PacketList {
	c := p.Store.Counts()
	out := PacketList{Held: int64(c.Transmissions), HeldFrom: c.From}
	if q.Hash != "" {
		p.listByHash(&out, q)
		return out
	}
	f := p.filter(q)
	p.walk(ctx, &out, q, f)
	if out.Matching == 0 && q.filtered() && q.After == (mesh.Cursor{}) {
		out.Without = p.without(ctx, q, f)
	}
	return out
}

// span gives both ends as the store takes them.
func (q PacketQuery) span() (from, to int64) {
	from, to = math.MinInt64, math.MaxInt64
	if q.From != 0 {
		from = q.From
	}
	if q.To != 0 {
		to = q.To
	}
	return from, to
}

func (q PacketQuery) inside(at int64) bool {
	from, to := q.span()
	return at >= from && at < to
}

func (q PacketQuery) filtered() bool {
	return len(q.Regions)+len(q.Types)+len(q.Observers) > 0 || q.Relay != nil || q.From != 0 || q.To != 0
}

// walk fills the page and then counts on for a while.
func (p Packets) walk(ctx context.Context, out *PacketList, q PacketQuery, f filter) {
	looked := 0
	out.Exact = true
	enough := func() bool {
		full := len(out.Rows) == q.Limit
		switch {
		case full && out.More && !q.filtered(): // every packet matches: their number is known
			return true
		case full && out.More:
			return looked >= countBudget
		}
		return looked >= searchBudget
	}
	from, to := q.span()
	p.newest(q.After, from, to, f, func(tx mesh.Transmission) bool {
		if enough() || ctx.Err() != nil {
			out.Exact = false
			return false
		}
		looked++
		full := len(out.Rows) == q.Limit
		if !full {
			out.Next = mesh.Cursor{First: tx.First(), ID: tx.ID}
		}
		if !f.match(tx) {
			return true
		}
		out.Matching++
		if full {
			out.More = true
			return true
		}
		out.Rows = append(out.Rows, p.row(tx, f))
		return true
	})
	if !out.Exact && !out.More { // cut before another match was found
		out.More = true
		if len(out.Rows) < q.Limit {
			out.Searched = out.Next.First
		}
	}
}

// relayStep is how many transmissions of a node are looked up at a time.
const relayStep = 64

// newest calls fn for the transmissions that the filter may take, as the store
// gives them: those of a relay by its index.
func (p Packets) newest(after mesh.Cursor, from, to int64, f filter, fn func(mesh.Transmission) bool) {
	if f.relay == nil {
		p.Store.Newest(after, from, to, fn)
		return
	}
	for len(f.relay) > 0 && p.Relays != nil {
		list := p.Relays.Before(f.relay, after, from, to, relayStep)
		for _, r := range list {
			after = mesh.Cursor{First: r.First, ID: r.Tx}
			if tx, ok := p.Store.PacketByID(r.Tx); ok && !fn(tx) {
				return
			}
		}
		if len(list) < relayStep {
			return
		}
	}
}

// listByHash lists every episode of the packets whose hash begins so.
func (p Packets) listByHash(out *PacketList, q PacketQuery) {
	out.Exact = true
	var all []mesh.Transmission
	for _, h := range p.Store.ByPrefix(q.Hash, hashLimit+1) {
		all = append(all, p.Store.Packets(h)...)
	}
	slices.SortFunc(all, func(a, b mesh.Transmission) int {
		return cmp.Or(cmp.Compare(b.First(), a.First()), cmp.Compare(b.ID, a.ID))
	})
	out.Matching, out.Exact = len(all), len(all) <= hashLimit
	for _, tx := range all {
		here := mesh.Cursor{First: tx.First(), ID: tx.ID}
		if q.After != (mesh.Cursor{}) && !older(here, q.After) {
			continue
		}
		if len(out.Rows) == q.Limit {
			out.More = true
			return
		}
		out.Rows = append(out.Rows, p.row(tx, filter{}))
		out.Next = here
	}
}

// hashLimit bounds what a hash prefix is looked up to.
const hashLimit = 1000

func older(a, b mesh.Cursor) bool {
	return a.First < b.First || a.First == b.First && a.ID < b.ID
}

// Row is the row of one packet as List would give it; false if q does not want
// it. The page's place, q.After and q.Limit, does not count.
func (p Packets) Row(q PacketQuery, tx mesh.Transmission) (PacketRow, bool) {
	if q.Hash != "" {
		h := tx.Hash.String()
		return p.row(tx, filter{}), len(h) >= len(q.Hash) && h[:len(q.Hash)] == q.Hash
	}
	f := p.filter(q)
	if !q.inside(tx.First()) || !f.match(tx) {
		return PacketRow{}, false
	}
	return p.row(tx, f), true
}

// row describes one packet. Its path and observer are those of the earliest
// reception that the filter wants.
func (p Packets) row(tx mesh.Transmission, f filter) PacketRow {
	out := PacketRow{
		ID: tx.ID, Hash: tx.Hash, Type: tx.Type, First: tx.First(),
		Receptions: p.receptions(tx),
		Content:    p.content(tx.Type, tx.Payload),
	}
	out.Shown = out.Receptions[0]
	for _, r := range out.Receptions {
		if f.matchReception(r.Obs) {
			out.Shown = r
			break
		}
	}
	out.Size = out.Shown.Size
	out.Scope = p.scope(out.Shown.Obs.Packet(tx.Payload))
	paths := map[string]bool{}
	for _, r := range out.Receptions {
		paths[string(append([]byte{r.Obs.Header, r.Obs.PathLen}, r.Obs.Path...))] = true
		if r.Region != "" && !slices.Contains(out.Regions, r.Region) {
			out.Regions = append(out.Regions, r.Region)
		}
	}
	out.Paths = len(paths)
	return out
}

// receptions names the observations of an episode, in the order in which they
// stand.
func (p Packets) receptions(tx mesh.Transmission) []Reception {
	out := make([]Reception, 0, len(tx.Observations))
	var resolved naming.Paths
	if p.Names != nil {
		resolved = p.Names.Paths(tx)
	}
	for i := range tx.Observations {
		r := p.reception(tx, i)
		if resolved.Hops != nil {
			p.resolve(r.Path.Hops, resolved.Hops[i])
		}
		out = append(out, r)
	}
	slices.SortStableFunc(out, func(a, b Reception) int { return cmp.Compare(a.Obs.At, b.Obs.At) })
	return out
}

// reception names the observation that has a place in an episode.
func (p Packets) reception(tx mesh.Transmission, i int) Reception {
	o := tx.Observations[i]
	packet := o.Packet(tx.Payload)
	r := Reception{Num: i, Episode: tx.ID, Obs: o, Route: packet.Route, Size: packet.Len(), Path: pathOf(packet, p.namer())}
	r.Observer, _ = p.Store.ObserverByNum(o.Observer)
	r.Region = p.region(o)
	for n := range uint8(64) {
		if o.Sources&(1<<n) != 0 {
			r.Sources = append(r.Sources, p.Store.Source(n))
		}
	}
	return r
}

// region is where the observer was, "" if that is unknown.
func (p Packets) region(o mesh.Observation) string {
	if o.Region == 0 {
		return ""
	}
	return p.Store.Region(o.Region)
}

// resolve names the hops of a path as the packet's copies together show.
func (p Packets) resolve(hops []Hop, names []naming.Hop) {
	if len(hops) != len(names) {
		return
	}
	for i, n := range names {
		h := &hops[i]
		h.Resolved, h.P, h.Provisional, h.Node = true, n.P, n.Provisional, nil
		if n.Named {
			node, ok := p.Store.Node(n.Key)
			if !ok {
				node.Key = n.Key
			}
			h.Node = &node
		}
	}
}

// namer is nil while the index of nodes is not there.
func (p Packets) namer() func(meshcore.Hop) (mesh.Node, bool) {
	if p.Nodes == nil {
		return nil
	}
	return p.Nodes.NameHop
}

func (p Packets) content(t meshcore.Type, payload []byte) Content {
	c := ContentOf(t, payload, p.Ring)
	if c.Advert != nil {
		_, c.Advert.Known = p.Store.Node(c.Advert.Key)
	}
	return c
}

func (p Packets) scope(packet meshcore.Packet) Scope {
	if !packet.Route.HasTransport() {
		return Scope{}
	}
	name, _ := packet.MatchRegion(p.Scopes)
	return Scope{Has: true, Name: name, Codes: packet.Transport}
}
