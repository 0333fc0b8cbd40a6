package web

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

const (
	packetsUsual = 50  // rows of a page
	packetsMost  = 100 // rows that may be asked for: a row of what many heard is 4 kB
	packetsLive  = 200 // rows that a page which follows the list grows to
)

// packetsQuery is what the address of the list of packets says.
type packetsQuery struct {
	filter
	Order      report.PacketOrder
	Page       int // from 1, of orders other than the usual one
	Each       bool
	Receptions report.ReceptionOrder
	Hex        bool // hops as sent, without the names of relays
	Rows       int
	After      mesh.Cursor
	Skip       int
	Open       uint64 // number of the packet that is unfolded; 0 none
}

// word is how an address says something, and how pages do.
type word struct{ word, say string }

// packetColumns are the orders of the list, each at the number of its
// report.PacketValue.
func packetColumns() []column {
	return []column{
		{"received", "Received", false}, {"copies", "Copies", false}, {"type", "Type", true}, {"snr", "SNR", false}, {"hops", "Hops", false},
		{"size", "Size", false}, {"hb", "Hop width", false}, {"observer", "Received by", true}, {"region", "Region", true},
	}
}

// receptionOrders are the orders of a packet's receptions, by their numbers.
func receptionOrders() []word {
	return []word{{"", "earliest"}, {"latest", "latest"}, {"observer", "by observer"}, {"short", "shortest path"}, {"long", "longest path"}}
}

// wrongParameter says which parameter of an address makes no sense, and why.
type wrongParameter struct{ name, why string }

// Error gives both.
func (w wrongParameter) Error() string { return "parameter " + w.name + ": " + w.why }

func wrong(name, format string, args ...any) error {
	return wrongParameter{name, fmt.Sprintf(format, args...)}
}

// packetFilters are the filters that the list of packets takes.
func packetFilters() []string {
	return []string{"hash", "type", "route", "hb", "snr", "channel", "node", "region", "area", "obs", "time"}
}

// parsePacketsQuery reads the parameters as readFilter does.
func parsePacketsQuery(v url.Values, zone *time.Location) (q packetsQuery, err error) {
	if q.filter, err = readFilter(v, zone, packetFilters()...); err != nil {
		return packetsQuery{}, err
	}
	for _, parse := range []func(*packetsQuery, url.Values) error{packetsShape, packetsOrder, packetsPlace, packetsOpen} {
		if err := parse(&q, v); err != nil {
			return packetsQuery{}, err
		}
	}
	return q, nil
}

// packetsAsked is parsePacketsQuery of what a viewer asks for, whose stars may be meant.
func packetsAsked(v url.Values, p prefs, zone *time.Location) (packetsQuery, error) {
	q, err := parsePacketsQuery(v, zone)
	if err == nil {
		err = q.meant(p.Stars)
	}
	return q, err
}

// oneOf reads a parameter that is one of some words; 0 if it is not given.
func oneOf(v url.Values, name string, words []word) (int, error) {
	s, err := single(v, name)
	if s == "" || err != nil {
		return 0, err
	}
	var known []string
	for i, w := range words {
		if w.word == s {
			return i, nil
		}
		if w.word != "" {
			known = append(known, w.word)
		}
	}
	return 0, wrong(name, "%q is none of %s", s, strings.Join(known, ", "))
}

// packetsShape reads what the rows are and how many.
func packetsShape(q *packetsQuery, v url.Values) error {
	each, err := oneOf(v, "view", []word{{"", ""}, {"receptions", ""}})
	if err != nil {
		return err
	}
	hex, err := oneOf(v, "hops", []word{{"", ""}, {"hex", ""}})
	if err != nil {
		return err
	}
	q.Each, q.Hex = each > 0, hex > 0
	q.Rows, err = number(v, "n", packetsUsual, packetsMost)
	return err
}

func packetsOrder(q *packetsQuery, v url.Values) error {
	var order listQuery
	if err := order.parseSort(v, packetColumns()); err != nil {
		return err
	}
	by := slices.IndexFunc(packetColumns(), func(c column) bool { return c.name == order.Sort })
	q.Order = report.PacketOrder{By: report.PacketValue(by), Ascending: order.Ascending}
	if q.Order != (report.PacketOrder{}) && q.Each {
		return wrong("sort", "receptions are listed with their packets, the newest first")
	}
	of, err := oneOf(v, "receptions", receptionOrders())
	q.Receptions = report.ReceptionOrder(of)
	return err
}

// packetsPlace reads where in the list the page begins.
func packetsPlace(q *packetsQuery, v url.Values) (err error) {
	if q.After, err = cursorOf(v, "after"); err != nil {
		return err
	}
	if q.Page, err = number(v, "page", 1, pagesMost); err != nil {
		return err
	}
	switch newest := q.Order == (report.PacketOrder{}); {
	case newest && q.Page > 1:
		return wrong("page", "the newest are paged by after; take the link to older packets")
	case !newest && q.After != (mesh.Cursor{}):
		return wrong("after", "this order is paged by page")
	}
	if v.Get("skip") != "" {
		if q.Skip, err = number(v, "skip", 0, 1<<20); err != nil {
			return err
		}
		if !q.Each {
			return wrong("skip", "only receptions are left out")
		}
	}
	return nil
}

func packetsOpen(q *packetsQuery, v url.Values) error {
	s, err := single(v, "open")
	if s == "" || err != nil {
		return err
	}
	if q.Open, err = strconv.ParseUint(s, 10, 64); err != nil {
		return wrong("open", "%q is no number of a packet", s)
	}
	return nil
}

// values is the query as parameters, in a fixed order when encoded.
func (q packetsQuery) values() url.Values {
	v := url.Values{}
	q.filter.write(v)
	setOne(v, "sort", q.listQuery().values(packetColumns()).Get("sort"))
	setOne(v, "receptions", receptionOrders()[q.Receptions].word)
	if q.Each {
		v.Set("view", "receptions")
	}
	if q.Hex {
		v.Set("hops", "hex")
	}
	if q.Page > 1 {
		v.Set("page", strconv.Itoa(q.Page))
	}
	if q.Rows != packetsUsual && q.Rows != 0 {
		v.Set("n", strconv.Itoa(q.Rows))
	}
	if q.After != (mesh.Cursor{}) {
		v.Set("after", fmt.Sprintf("%d-%d", q.After.First, q.After.ID))
	}
	if q.Skip > 0 {
		v.Set("skip", strconv.Itoa(q.Skip))
	}
	if q.Open != 0 {
		v.Set("open", strconv.FormatUint(q.Open, 10))
	}
	return v
}

// listQuery is the order as lists have it.
func (q packetsQuery) listQuery() listQuery {
	return listQuery{Sort: packetColumns()[q.Order.By].name, Ascending: q.Order.Ascending, Page: q.Page, Rows: q.Rows}
}

// at is the address of the list with this query.
func (q packetsQuery) at(path string) string { return address(path, q.values()) }

// unfold is the address of the list with one packet alone, unfolded: what
// packetsQuery{filter: filter{Hash: …}, Open: …} with this query's Hex and
// Receptions has. Every row has one.
func (q packetsQuery) unfold(hash meshcore.Hash, id uint64) string {
	b := hex.AppendEncode(append(make([]byte, 0, 80), "/packets?hash="...), hash[:])
	if q.Hex {
		b = append(b, "&hops=hex"...)
	}
	b = strconv.AppendUint(append(b, "&open="...), id, 10)
	if order := receptionOrders()[q.Receptions].word; order != "" {
		b = append(append(b, "&receptions="...), order...)
	}
	return string(b)
}

// begin is the query from the beginning of its list, nothing unfolded.
func (q packetsQuery) begin() packetsQuery {
	q.After, q.Skip, q.Open, q.Page = mesh.Cursor{}, 0, 0, 1
	return q
}

// without is the query less one filter, or "" all of them.
func (q packetsQuery) without(filter string) packetsQuery {
	q = q.begin()
	q.lift(filter)
	return q
}

// query is what to ask for, at this time.
func (q packetsQuery) query(h held, now time.Time) report.PacketQuery {
	out := report.PacketQuery{
		PacketSearch: report.PacketSearch{
			Types: q.Types, Routes: q.Routes, Widths: q.Widths, SNR4: q.SNR.within(), Regions: q.Regions, Observers: q.Observers, Hash: q.Hash, Channel: q.Channel, In: h.inAreas(q.filter),
			OfNodes: q.Node != "", Part: q.Part, Offset: (max(q.Page, 1) - 1) * q.Rows, Limit: q.Rows,
		},
		After: q.After, Open: q.Open, Order: q.Order, Each: q.Each, Skip: q.Skip, Receptions: q.Receptions, TypeRank: typeRank,
	}
	out.From, out.To = q.bounds(now)
	if q.Node != "" {
		out.Nodes = nodesNamed(h.Store, q.Node)
	}
	return out
}

// typeRank is the place of a type among all, by the words on the pages.
func typeRank(t meshcore.Type) (place int) {
	for other := range meshcore.Type(16) {
		if packetType(other).Word < packetType(t).Word {
			place++
		}
	}
	return place
}

// nodesNamed are the keys that are meant: of the nodes that have this name, in
// any case, or whose keys begin so. A whole key is meant whether it is known or
// not. Of several beginnings of keys, with commas between, each is meant.
func nodesNamed(st *store.Store, text string) (keys []meshcore.PublicKey) {
	if list := keyList(text); list != nil {
		return nodesBeginning(st, list)
	}
	if key, err := meshcore.ParsePublicKey(text); err == nil {
		return []meshcore.PublicKey{key}
	}
	begin := len(text) >= leastKey && isHex(text)
	for _, n := range st.Nodes() {
		if strings.EqualFold(n.Name, text) || begin && strings.HasPrefix(n.Key.String(), strings.ToLower(text)) {
			keys = append(keys, n.Key)
		}
	}
	slices.SortFunc(keys, func(a, b meshcore.PublicKey) int { return slices.Compare(a[:], b[:]) })
	return keys
}

// nodesBeginning are the keys that begin so, and whole keys, ascending. No name is
// one of them, whatever a node calls itself.
func nodesBeginning(st *store.Store, list []string) (keys []meshcore.PublicKey) {
	for _, text := range list {
		if key, err := meshcore.ParsePublicKey(text); err == nil {
			keys = append(keys, key)
		}
	}
	for _, n := range st.Nodes() {
		if slices.ContainsFunc(list, func(begin string) bool { return report.KeyBegins(n.Key, strings.ToLower(begin)) }) {
			keys = append(keys, n.Key)
		}
	}
	slices.SortFunc(keys, func(a, b meshcore.PublicKey) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(keys)
}
