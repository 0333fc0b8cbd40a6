package report

import (
	"context"

	"hilltop/appliance/internal/figure"
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
	// Channels is nil while it is built: a query for a channel finds nothing then.
	Channels *index.Channels
	// Tallies remembers counts from one query to the next; nil: it does not.
	Tallies *Tallies
	Ring    *meshcore.KeyRing
	Scopes  []string // known names of scopes, in order
	// Memory is of results of sealed hours; nil: there is none.
	Memory *Memory
	// Orders is of sealed hours put in order by what rows show; nil: there is none.
	Orders *Memory
	// Reach is of days, of who reached which observer; nil: there is none.
	Reach *Memory
}

// Tallies remembers how many packets match, exactly, from one query to the
// next. The zero value is ready.
type Tallies = figure.Tallies

// PacketQuery asks for a page of the list of packets. Its zero value wants all
// packets, but a Limit of 0 gives no rows.
type PacketQuery struct {
	PacketSearch             // when Hash is set, nothing else of it counts but Limit
	After        mesh.Cursor // older than this place; the zero Cursor: from the newest. Not with Order
	Open         uint64      // ID of the packet whose receptions are wanted; 0 none
	Order        PacketOrder // Offset leads to its pages
	Each         bool        // a row for each reception that is wanted, the packets newest first
	Skip         int         // with Each: receptions of the first packet to leave out
	Receptions   ReceptionOrder
	// TypeRank is the place of a type among those put in order by type; nil: its
	// number.
	TypeRank func(meshcore.Type) int
}

// PacketList is a page of the list of packets.
type PacketList struct {
	Rows     []PacketRow // in the order that was asked for
	Next     mesh.Cursor // where the next page begins; valid if More and they are newest first
	NextSkip int         // with Each: receptions of the packet after Next that were shown
	More     bool        // whether further rows may match
	Matching int         // packets that match, from the cursor on
	All      figure.Mix  // of everything that matches, wherever the page begins
	Held     int64       // packets held at all
	HeldFrom int64       // where the oldest stands, Unix ms; 0 when there is none
	Without  []Dropped   // when nothing matches: what each filter removes
}

// List is a page of packets. Its error is that of ctx.
func (p Packets) List(ctx context.Context, q PacketQuery) (PacketList, error) {
	c := p.Store.Counts()
	out := PacketList{Held: int64(c.Transmissions), HeldFrom: c.From}
	search := q.search()
	f, err := p.findMix(ctx, search, q.After)
	if err != nil {
		return out, err
	}
	out.Matching = f.total
	if out.All, err = p.mixOf(ctx, f, q); err != nil {
		return out, err
	}
	m := p.matcher(search)
	if q.Each {
		err = p.eachReception(ctx, f, &m, q, &out)
	} else {
		err = p.eachPacket(ctx, f, &m, q, &out)
	}
	if err == nil && f.total == 0 && q.Hash == "" && q.After == (mesh.Cursor{}) {
		out.Without, err = p.without(ctx, q)
	}
	return out, err
}

// eachPacket fills in rows of packets.
func (p Packets) eachPacket(ctx context.Context, f *finder, m *matcher, q PacketQuery, out *PacketList) (err error) {
	list, err := f.arranged(ctx, q)
	if err != nil {
		return err
	}
	out.Rows, err = described(ctx, f, list, func(tx mesh.Transmission) PacketRow {
		row := p.row(tx, m)
		if tx.ID == q.Open {
			row.Receptions = q.Receptions.sorted(p.receptions(tx))
		}
		return row
	})
	if len(list) > 0 {
		out.Next = list[len(list)-1].cursor()
	}
	out.More = f.total > q.Offset+q.Limit
	return err
}

// eachReception fills in rows of receptions, packet by packet until there are
// enough.
func (p Packets) eachReception(ctx context.Context, f *finder, m *matcher, q PacketQuery, out *PacketList) error {
	skip := q.Skip
	out.Next = q.After
	f.each(0, false, func(at spot) bool {
		tx, ok := f.load(at)
		if !ok {
			return true
		}
		rows := p.receptionRows(tx, m, q.Receptions)
		rows = rows[min(skip, len(rows)):]
		if room := q.Limit - len(out.Rows); len(rows) > room {
			out.Rows = append(out.Rows, rows[:room]...)
			out.More, out.NextSkip = true, skip+room
			return false
		}
		out.Rows = append(out.Rows, rows...)
		out.Next, skip = at.cursor(), 0
		return ctx.Err() == nil
	})
	return ctx.Err()
}

// receptionRows are rows of those receptions of a packet that are wanted.
func (p Packets) receptionRows(tx mesh.Transmission, m *matcher, order ReceptionOrder) (rows []PacketRow) {
	whole := p.row(tx, m)
	wanted := m.matchCopies(&tx)
	// Which observer comes first shows in what it heard first, wanted or not.
	some := func(o *mesh.Observation) bool { return order == ByObserver || wanted(o) }
	for _, r := range order.sorted(p.receptionsOf(tx, some)) {
		if wanted(&r.Obs) {
			row := whole
			row.Shown, row.After, row.Size, row.Scope = r, r.Obs.At-whole.First, r.Size, p.scope(r.Obs.Packet(tx.Payload))
			rows = append(rows, row)
		}
	}
	return rows
}

// eachStep is how many packets Each describes at once.
const eachStep = 1024

// Each calls begin with how many packets a query wants, and fn with each of them,
// newest first, until that is false, whatever the query's Limit and After. Its
// error is that of ctx.
func (p Packets) Each(ctx context.Context, q PacketQuery, begin func(matching int), fn func(PacketRow) bool) error {
	search := q.search()
	f, err := p.find(ctx, search, mesh.Cursor{})
	if err != nil {
		return err
	}
	m := p.matcher(search)
	begin(f.total)
	for at := 0; at < f.total; at += eachStep {
		rows, err := described(ctx, f, f.part(at, eachStep, false), func(tx mesh.Transmission) PacketRow { return p.row(tx, &m) })
		if err != nil {
			return err
		}
		for _, r := range rows {
			if !fn(r) {
				return nil
			}
		}
	}
	return nil
}

// search is the query as a search: when it has a hash, nothing else counts.
func (q PacketQuery) search() PacketSearch {
	if q.Hash != "" {
		return PacketSearch{Hash: q.Hash}
	}
	return q.PacketSearch
}

// mixOf counts what all that a query wants comes to; f found what there is of it
// from the query's place on.
func (p Packets) mixOf(ctx context.Context, f *finder, q PacketQuery) (figure.Mix, error) {
	if q.After != (mesh.Cursor{}) {
		all, err := p.findMix(ctx, q.search(), mesh.Cursor{})
		if err != nil {
			return figure.Mix{}, err
		}
		f = all
	}
	return f.mix(ctx)
}

// lifts are the filters of a search: whether each is on, and the search less it.
func lifts() []lift[PacketSearch] {
	return []lift[PacketSearch]{
		{"region", func(s *PacketSearch) bool { return len(s.Regions) > 0 }, func(s *PacketSearch) { s.Regions = nil }},
		{"area", func(s *PacketSearch) bool { return s.In != nil }, func(s *PacketSearch) { s.In = nil }},
		{"type", func(s *PacketSearch) bool { return len(s.Types) > 0 }, func(s *PacketSearch) { s.Types = nil }},
		{"route", func(s *PacketSearch) bool { return len(s.Routes) > 0 }, func(s *PacketSearch) { s.Routes = nil }},
		{"hb", func(s *PacketSearch) bool { return len(s.Widths) > 0 }, func(s *PacketSearch) { s.Widths = nil }},
		{"snr", func(s *PacketSearch) bool { return s.SNR4.On }, func(s *PacketSearch) { s.SNR4 = figure.Range{} }},
		{"obs", func(s *PacketSearch) bool { return len(s.Observers) > 0 }, func(s *PacketSearch) { s.Observers = nil }},
		{"node", func(s *PacketSearch) bool { return s.OfNodes }, func(s *PacketSearch) { s.OfNodes, s.Nodes = false, nil }},
		{"channel", func(s *PacketSearch) bool { return s.Channel != "" }, func(s *PacketSearch) { s.Channel = "" }},
		{"time", func(s *PacketSearch) bool { return s.From != 0 || s.To != 0 }, func(s *PacketSearch) { s.From, s.To = 0, 0 }},
	}
}

// without counts, for each filter in force, the packets that would match if it
// were lifted.
func (p Packets) without(ctx context.Context, q PacketQuery) ([]Dropped, error) {
	return dropped(q.search(), lifts(), func(s PacketSearch) (int, error) {
		f, err := p.find(ctx, s, mesh.Cursor{})
		return f.total, err
	})
}

func older(a, b mesh.Cursor) bool {
	return a.First < b.First || a.First == b.First && a.ID < b.ID
}

// Row is the row of one packet as List would give it; false if q does not want
// it. The page's place, q.After and q.Limit, does not count.
func (p Packets) Row(q PacketQuery, tx mesh.Transmission) (PacketRow, bool) {
	search := q.search()
	m := p.matcher(search)
	if !search.span().has(tx.First()) || !m.matchTransmission(tx) {
		return PacketRow{}, false
	}
	row := p.row(tx, &m)
	if tx.ID == q.Open {
		row.Receptions = q.Receptions.sorted(p.receptions(tx))
	}
	return row, true
}
