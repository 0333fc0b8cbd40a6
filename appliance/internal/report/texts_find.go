package report

import (
	"context"
	"slices"

	"hilltop/appliance/internal/figure"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// TextSearch says which texts of channels are wanted, and which part of them.
// Its zero value wants all, but a Limit of 0 gives no rows.
type TextSearch struct {
	Channel   string   // name; "" all
	Sender    string   // a name as claimed; "" all
	Words     []string // each must stand in the text or the sender's name, in any case
	Regions   []string // upper case; with observers: of one and the same reception
	Observers []string // by ID
	From, To  int64    // first received within [From, To), Unix ms; 0 is open

	Before, After mesh.Cursor // as of index.TextQuery
	Limit         int
}

// bounded tells whether it matters where or when something was received.
func (q TextSearch) bounded() bool {
	return len(q.Regions) > 0 || len(q.Observers) > 0 || q.From != 0 || q.To != 0
}

// textLifts are the filters of a search.
func textLifts() []lift[TextSearch] {
	return []lift[TextSearch]{
		{"q", func(q *TextSearch) bool { return len(q.Words) > 0 }, func(q *TextSearch) { q.Words = nil }},
		{"sender", func(q *TextSearch) bool { return q.Sender != "" }, func(q *TextSearch) { q.Sender = "" }},
		{"region", func(q *TextSearch) bool { return len(q.Regions) > 0 }, func(q *TextSearch) { q.Regions = nil }},
		{"obs", func(q *TextSearch) bool { return len(q.Observers) > 0 }, func(q *TextSearch) { q.Observers = nil }},
		{"time", func(q *TextSearch) bool { return q.From != 0 || q.To != 0 }, func(q *TextSearch) { q.From, q.To = 0, 0 }},
		{"channel", func(q *TextSearch) bool { return q.Channel != "" && (len(q.Words) > 0 || q.Sender != "") }, func(q *TextSearch) { q.Channel = "" }},
	}
}

// received are the bounds of a search as indexes take them.
func (c Channels) received(ctx context.Context, q TextSearch) (index.Received, error) {
	in := index.Received{From: q.From, To: q.To}
	switch {
	case len(q.Observers) > 0:
		var err error
		in.AsOf = c.Index.Changes()
		in.Only, in.Chosen, err = c.heardBy(ctx, q)
		return in, err
	case len(q.Regions) > 0:
		in.In = indexRegions(c.Store, q.Regions)
	}
	return in, nil
}

// textsKept is how many of an hour's transmissions of channels are remembered that
// an observer heard: 4 bytes each.
const textsKept = 2048

// heardBy are the transmissions of channels with a copy by one of the search's
// observers, in one of its regions. The index does not know who received them:
// the columns do. The name tells observers and regions apart.
func (c Channels) heardBy(ctx context.Context, q TextSearch) (set *figure.IDSet, name string, err error) {
	p := Packets{Store: c.Store, Tallies: c.Tallies}
	f := p.finder(PacketSearch{
		Types:   []meshcore.Type{meshcore.TypeGrpTxt, meshcore.TypeGrpData},
		Regions: q.Regions, Observers: q.Observers, From: q.From, To: q.To,
	}, mesh.Cursor{})
	found := make([][]uint64, len(f.views))
	err = Share(ctx, len(f.views), func(_, i int) {
		v := &f.views[i]
		rows, heads := [2]int{}, [2]int{0, v.Heads.Len()}
		var list []uint32
		switch {
		case !f.whole(v):
			rows, heads = f.rows(v), f.heads(v)
		case v.Block != nil:
			list = f.wholeRows(v, textsKept)
		}
		got := f.picked(v, rows, heads)
		found[i] = make([]uint64, 0, len(list)+len(got.Rows)+len(got.Heads))
		for _, row := range append(got.Rows, list...) {
			found[i] = append(found[i], v.Block.ID(int(row)))
		}
		for _, head := range got.Heads {
			found[i] = append(found[i], v.Heads.At(int(head)).ID)
		}
	})
	return figure.NewIDSet(slices.Concat(found...)), f.pick.Name(), err
}

// query is a search in the index's terms.
func (c Channels) query(ctx context.Context, q TextSearch) (index.TextQuery, error) {
	in, err := c.received(ctx, q)
	return index.TextQuery{Channel: q.Channel, Sender: q.Sender, Words: q.Words, Received: in, Before: q.Before, After: q.After, Limit: q.Limit}, err
}

// count is how many texts a search wants.
func (c Channels) count(ctx context.Context, q TextSearch) (int, error) {
	query, err := c.query(ctx, q)
	if err != nil {
		return 0, err
	}
	query.Before, query.After, query.Limit = mesh.Cursor{}, mesh.Cursor{}, 0
	return c.Index.Find(query).Total, nil
}

// TextList is a part of the texts that a search wants.
type TextList struct {
	Rows    []HeardText // newest first
	Newer   int         // wanted texts that are newer than these
	Total   int         // all wanted ones
	Known   int         // all, of the search's channel if it has one; counted when none is wanted
	Without []Dropped   // likewise: how many are wanted without each filter in force
}

// Texts finds texts of the channels that can be read.
func (c Channels) Texts(ctx context.Context, q TextSearch) (out TextList, err error) {
	query, err := c.query(ctx, q)
	if err != nil {
		return out, err
	}
	found := c.Index.Find(query)
	rows, err := c.heard(ctx, found.Rows)
	if err != nil {
		return out, err
	}
	out = TextList{Rows: rows, Newer: found.Newer, Total: found.Total}
	if out.Total == 0 {
		out.Known = c.Index.Find(index.TextQuery{Channel: q.Channel}).Total
		out.Without, err = dropped(q, textLifts(), func(q TextSearch) (int, error) { return c.count(ctx, q) })
	}
	return out, err
}

// Said gives the texts that a search wants, without how they were heard.
func (c Channels) Said(ctx context.Context, q TextSearch) (index.TextsFound, error) {
	query, err := c.query(ctx, q)
	if err != nil {
		return index.TextsFound{}, err
	}
	return c.Index.Find(query), nil
}

// Wants tells whether a search wants the text of a transmission, wherever the
// search begins.
func (c Channels) Wants(q TextSearch, tx uint64) bool {
	in := index.Received{From: q.From, To: q.To}
	if len(q.Observers) == 0 && len(q.Regions) > 0 {
		in.In = indexRegions(c.Store, q.Regions)
	}
	if !c.Index.Wants(index.TextQuery{Channel: q.Channel, Sender: q.Sender, Words: q.Words, Received: in}, tx) {
		return false
	}
	if len(q.Observers) == 0 {
		return true
	}
	whole, ok := c.Store.PacketByID(tx)
	m := Packets{Store: c.Store}.matcher(PacketSearch{Regions: q.Regions, Observers: q.Observers})
	return ok && m.matchTransmission(whole)
}
