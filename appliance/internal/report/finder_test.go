package report_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"hilltop/appliance/internal/figure"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// crowd is a store with random traffic of some hours: open, sealed, sealed
// again and unloaded ones, and copies that come in late.
type crowd struct {
	t         *testing.T
	r         *rand.Rand
	st        *store.Store
	x         *index.Builder
	gates     index.Gates
	ring      *meshcore.KeyRing
	rss       int64 // that the process is said to take
	tallies   report.Tallies
	orders    *report.Memory // nil: nothing is remembered
	observers []mesh.Observer
	nodes     []meshcore.PublicKey
	sent      []meshcore.Packet
	at        []int64 // when each of sent was
}

const crowdHours = 5

func newCrowd(t *testing.T, seed uint64) *crowd {
	t.Helper()
	c := &crowd{t: t, r: rand.New(rand.NewPCG(seed, 1)), gates: index.NewGates()}
	var err error
	c.st, err = store.Open(store.Options{Dir: t.TempDir(), Memory: 1000, RSS: func() int64 { return c.rss }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.st.Close() })
	if _, err := c.st.Load(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	c.ring = meshcore.NewKeyRing([]meshcore.Channel{{Name: "Public", Key: meshcore.PublicChannelKey()}, {Name: "#test", Key: meshcore.HashtagKey("#test")}})
	c.x = index.NewBuilder(c.ring, c.gates, nil)
	for i := range 5 {
		id := strings.ToUpper(fmt.Sprintf("%064x", i+1))
		o := mesh.Observer{Num: c.st.ObserverNum(id), ID: id, Name: []string{"b", "A", "", "a"}[i%4], Region: []string{"SEA", "PDX", "sea", ""}[i%4], First: t0}
		c.st.PutObserver(o)
		c.observers = append(c.observers, o)
	}
	for i := range 6 { // the last two share a first byte
		key := meshcore.PublicKey{byte(min(i, 4)) + 0x10, byte(i), 7}
		c.nodes = append(c.nodes, key)
		c.st.PutNode(mesh.Node{Key: key, Role: meshcore.RoleRepeater, FirstAdvert: t0, LastAdvert: t0})
	}
	c.x.Begin(c.st, index.Of(c.st), func() int64 { return c.st.Counts().Transmissions })
	c.settle()
	return c
}

func (c *crowd) settle() {
	c.t.Helper()
	if err := c.x.Settle(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
}

func (c *crowd) packets() report.Packets {
	x, _ := c.gates.Lists.Get()
	relays, _ := c.gates.Relays.Get()
	return report.Packets{Store: c.st, Nodes: x.Nodes, Channels: x.Channels, Relays: relays, Ring: c.ring, Tallies: &c.tallies, Orders: c.orders}
}

// hear has an observer hear a packet with a random path and route.
func (c *crowd) hear(p meshcore.Packet, at int64) {
	c.t.Helper()
	o := c.observers[c.r.IntN(len(c.observers))]
	p.Route, p.PathLen, p.PathBytes = []meshcore.Route{meshcore.Flood, meshcore.Flood, meshcore.Flood, meshcore.Direct, meshcore.TransportFlood}[c.r.IntN(5)], 0, nil
	if p.Type == meshcore.TypeTrace {
		p.Route = meshcore.Direct
	}
	width := 1 + c.r.IntN(3)/2 // seldom two bytes
	for range c.r.IntN(4) {
		key := c.nodes[c.r.IntN(len(c.nodes))]
		p.PathBytes = append(p.PathBytes, key[:width]...)
	}
	p.PathLen = byte(width-1)<<6 | byte(len(p.PathBytes)/width)
	p, err := meshcore.Parse(p.AppendTo(nil))
	if err != nil {
		c.t.Fatal(err)
	}
	obs := mesh.Observation{
		At: at, Arrived: at + int64(c.r.IntN(3)), Claimed: at, Flags: mesh.FlagClaimed, Observer: o.Num, Region: c.st.RegionNum(o.Region), Sources: 1,
		SNR4: int8(c.r.IntN(100) - 60), RSSI: mesh.NoRSSI, Score: mesh.NoScore, Header: p.Header, Transport: p.Transport, PathLen: p.PathLen, Path: p.PathBytes,
	}
	if c.r.IntN(6) == 0 {
		obs.SNR4 = mesh.NoSNR
	}
	heard := store.Copy{Hash: p.Hash(), Type: p.Type, Payload: p.Payload, Verified: p.Type == meshcore.TypeAdvert && p.Payload[40]%3 > 0, Feed: c.st.FeedNum("test"), Obs: obs}
	placed := c.st.Place(heard)
	if c.r.IntN(8) == 0 { // another feed tells of it, and more of its SNR
		heard.Feed, heard.Obs.SNR4 = c.st.FeedNum("other"), obs.SNR4|1
		if !c.st.Place(heard).Duplicate {
			c.t.Fatal("what another feed says of an observation makes another")
		}
	}
	if placed.Duplicate || placed.Hidden {
		return
	}
	e := index.Event{Seq: placed.Seq, Hour: placed.Hour, Tx: placed.ID, Hash: placed.Hash, Type: p.Type, Payload: p.Payload,
		First: placed.First, Was: placed.Was, New: placed.New, Obs: obs, Tree: placed.Tree, Fresh: placed.Fresh, Leaf: placed.Leaf}
	if p.Type == meshcore.TypeGrpTxt {
		e.Text = index.ReadText(c.ring, p.Payload)
	}
	c.x.Apply(&e)
}

// send has a new packet heard by some.
func (c *crowd) send() {
	n := len(c.sent)
	p := raw(meshcore.TypeTxtMsg, n)
	switch c.r.IntN(8) {
	case 0:
		p = raw(meshcore.TypePath, n)
	case 1:
		p.Type, p.Payload = meshcore.TypeAdvert, append(slices.Clone(c.nodes[c.r.IntN(len(c.nodes))][:]), make([]byte, 72)...)
		p.Payload[40] = byte(n) // in place of a signature
	case 2, 3:
		key := []meshcore.ChannelKey{meshcore.PublicChannelKey(), meshcore.HashtagKey("#test"), meshcore.HashtagKey("#secret")}[c.r.IntN(3)]
		p.Type, p.Payload = meshcore.TypeGrpTxt, text(key, fmt.Sprint("words ", n))
	case 4:
		p.Type, p.Payload = meshcore.TypeTrace, meshcore.Trace{Tag: uint32(n), Route: []byte{0x10, 0x11}}.AppendTo(nil)
	}
	p.Header = byte(p.Type) << 2
	at := t0 + int64(c.r.IntN(crowdHours*3_600_000))/1000*1000
	c.sent, c.at = append(c.sent, p), append(c.at, at)
	for range 1 + c.r.IntN(5) {
		c.hear(p, at+int64(c.r.IntN(4))*1000) // some at once
	}
}

// again has a packet heard late, or once more much later.
func (c *crowd) again() {
	if len(c.sent) == 0 {
		return
	}
	i := c.r.IntN(len(c.sent))
	d := int64(c.r.IntN(1_100_000)) - 550_000
	if c.r.IntN(4) == 0 {
		d = int64(c.r.IntN(2 * 3_600_000))
	}
	c.hear(c.sent[i], c.at[i]+d)
}

// turn does something that moves records.
func (c *crowd) turn() {
	c.t.Helper()
	hours := c.st.Hours()
	switch c.r.IntN(6) {
	case 0, 1, 2:
		if len(hours) > 0 {
			if _, err := c.st.Seal(hours[c.r.IntN(len(hours))]); err != nil {
				c.t.Fatal(err)
			}
		}
	case 3:
		c.settle()
	case 4:
		if c.r.IntN(3) > 0 || len(hours) < 3 {
			return
		}
		if _, err := c.st.Seal(hours[len(hours)-1]); err != nil {
			c.t.Fatal(err)
		}
		c.rss = 921 // enough to unload the oldest hour, and no other
		before := c.st.TrimMemory()
		c.rss = 0
		if before == 0 {
			c.t.Fatal("the oldest hour was not unloaded")
		}
		c.x.DropBefore(before)
	}
}

// random is a search for what there may be, or not.
func (c *crowd) random() (q report.PacketSearch) {
	some := func() bool { return c.r.IntN(3) == 0 }
	if some() {
		q.Types = append(q.Types, []meshcore.Type{meshcore.TypeTxtMsg, meshcore.TypeAdvert, meshcore.TypeGrpTxt, meshcore.TypeTrace, meshcore.TypeAck}[c.r.IntN(5)])
	}
	if some() {
		q.Regions = append(q.Regions, []string{"SEA", "PDX", "ZZZ"}[c.r.IntN(3)])
	}
	if some() {
		q.Observers = append(q.Observers, c.observers[c.r.IntN(len(c.observers))].ID, "nobody")
	}
	if some() {
		q.Routes = append(q.Routes, meshcore.Route(c.r.IntN(4)))
	}
	if some() {
		q.Widths = append(q.Widths, 1+c.r.IntN(3))
	}
	if some() {
		q.SNR4 = figure.Between(c.r.IntN(100)-60, c.r.IntN(100)-30)
	}
	if c.r.IntN(6) == 0 {
		q.Hash = fmt.Sprintf("%x", c.r.IntN(16))
	}
	if some() {
		q.From = t0 + int64(c.r.IntN(crowdHours*3_600_000))
	}
	if some() {
		q.To = max(q.From, t0) + 1 + int64(c.r.IntN(3*3_600_000))
	}
	switch c.r.IntN(6) {
	case 0:
		q.OfNodes, q.Nodes = true, []meshcore.PublicKey{c.nodes[c.r.IntN(len(c.nodes))], {99}}
	case 1:
		q.OfNodes, q.Nodes, q.Part = true, []meshcore.PublicKey{c.nodes[c.r.IntN(len(c.nodes))]}, report.NodePart(1+c.r.IntN(2))
	case 2:
		q.Channel = []string{"Public", "#test", "#none", fmt.Sprintf("enc_%02X", meshcore.HashtagKey("#secret").HashByte())}[c.r.IntN(4)]
	}
	return q
}

// naive is what a search wants, newest first: everything is unpacked and looked
// at.
func (c *crowd) naive(q report.PacketSearch) (list []mesh.Transmission) {
	wanted := c.wantedOf(q)
	c.st.Newest(mesh.Cursor{}, math.MinInt64, math.MaxInt64, func(tx mesh.Transmission) bool {
		channel := ""
		if tx.Type == meshcore.TypeGrpTxt {
			channel = fmt.Sprintf("enc_%02X", tx.Payload[0])
			if o, err := c.ring.Open(tx.Payload); err == nil {
				channel = o.Channel.Name
			}
		}
		if (len(q.Types) == 0 || slices.Contains(q.Types, tx.Type)) && strings.HasPrefix(tx.Hash.String(), q.Hash) &&
			(q.From == 0 || tx.First() >= q.From) && (q.To == 0 || tx.First() < q.To) &&
			(q.Channel == "" || q.Channel == channel) && slices.ContainsFunc(tx.Observations, wanted(tx)) {
			list = append(list, tx)
		}
		return true
	})
	return list
}

// check compares all that a search answers with the naive way.
func (c *crowd) check(q report.PacketSearch) {
	t, p := c.t, c.packets()
	t.Helper()
	all := c.naive(q)
	numbers := func(list []mesh.Transmission) []uint64 {
		out := []uint64{}
		for _, tx := range list {
			out = append(out, tx.ID)
		}
		return out
	}
	want := numbers(all)
	q.Offset, q.Limit, q.Ascending = c.r.IntN(len(all)+2), 1+c.r.IntN(9), c.r.IntN(2) == 0
	found := must(p.Search(t.Context(), q))
	part := slices.Clone(want)
	if q.Ascending {
		slices.Reverse(part)
	}
	part = part[min(q.Offset, len(part)):]
	part = part[:min(q.Limit, len(part))]
	got := []uint64{}
	for _, row := range found.Rows {
		got = append(got, row.ID)
	}
	if found.Total != len(all) || !slices.Equal(got, part) {
		t.Fatalf("%+v: want %v of %d, have %v of %d", q, part, len(all), got, found.Total)
	}
	c.checkGroups(q, all)
	if q.Hash != "" {
		return // on the page nothing else counts then
	}
	c.checkMix(q, all)
	c.checkOrders(q, all)
	page := report.PacketQuery{PacketSearch: q}
	page.Offset = 0
	c.checkEach(page, all)
	got = []uint64{}
	for {
		l := must(p.List(t.Context(), page))
		if l.Matching != len(want)-len(got) {
			t.Fatalf("%+v: want %d from here on, have %d", page, len(want)-len(got), l.Matching)
		}
		got = append(got, ids(l.Rows)...)
		if !l.More {
			break
		}
		page.After = l.Next
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%+v: want pages of %v, have %v", page, want, got)
	}
	page.After = mesh.Cursor{}
	c.st.Newest(mesh.Cursor{}, math.MinInt64, math.MaxInt64, func(tx mesh.Transmission) bool {
		if _, ok := p.Row(page, tx); ok != slices.Contains(want, tx.ID) {
			t.Fatalf("%+v: the live row of %d: want %v", page, tx.ID, !ok)
		}
		return true
	})
}

// checkGroups compares the list by hash: the latest copy first.
func (c *crowd) checkGroups(q report.PacketSearch, all []mesh.Transmission) {
	c.t.Helper()
	type group struct {
		hash meshcore.Hash
		last int64
		id   uint64
	}
	var groups []group
	for _, tx := range all {
		i := slices.IndexFunc(groups, func(g group) bool { return g.hash == tx.Hash })
		if i < 0 {
			groups, i = append(groups, group{tx.Hash, tx.Last(), tx.ID}), len(groups)
		}
		groups[i].last = max(groups[i].last, tx.Last())
	}
	slices.SortFunc(groups, func(a, b group) int { return cmp.Or(cmp.Compare(b.last, a.last), cmp.Compare(b.id, a.id)) })
	if q.Ascending {
		slices.Reverse(groups)
	}
	found := must(c.packets().SearchGrouped(c.t.Context(), q))
	part := groups[min(q.Offset, len(groups)):]
	part = part[:min(q.Limit, len(part))]
	if found.Total != len(groups) || len(found.Rows) != len(part) {
		c.t.Fatalf("%+v by hash: want %d of %d, have %d of %d", q, len(part), len(groups), len(found.Rows), found.Total)
	}
	for i, row := range found.Rows {
		if row.Hash != part[i].hash {
			c.t.Fatalf("%+v by hash: row %d is %v, want %v", q, i, row.Hash, part[i].hash)
		}
	}
}

// Whatever happened to the hours, every search gives what unpacking everything
// gives, counts included, with counts remembered from before.
func TestSearchesAreAsUnpackingEverything(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			c := newCrowd(t, seed)
			if seed%3 > 0 {
				c.orders = report.NewMemory()
			}
			for range 12 {
				for range 12 {
					c.send()
				}
				for range 6 {
					c.again()
				}
				c.turn()
				for range 12 {
					c.check(c.random())
				}
				c.check(report.PacketSearch{})
			}
		})
	}
}

// What matches is counted in hours of several chunks of open records, and in
// sealed hours of more rows than are kept as those with the most copies, while
// copies come in.
func TestSearchesOverManyRecords(t *testing.T) {
	c := newCrowd(t, 77)
	c.orders = report.NewMemory()
	asked := make([]report.PacketSearch, 4) // again and again: what is remembered is used
	for i := range asked {
		asked[i] = c.random()
	}
	of := report.PacketSearch{OfNodes: true, Nodes: c.nodes[:1]}
	heard, relayed, shaped, since := of, of, of, of
	heard.Observers, relayed.Regions, relayed.Part = []string{c.observers[1].ID}, []string{"SEA"}, report.PartRelay
	shaped.Nodes, shaped.Widths, shaped.SNR4 = c.nodes[2:4], []int{1}, figure.Between(-40, 20)
	since.Part, since.From = report.PartRelay, t0+3_600_000/2
	asked = append(asked, heard, relayed, shaped, since)
	for round := range 6 {
		for range 240 {
			c.send()
		}
		if round == 4 {
			if open := c.st.Views(func(uint32) bool { return true }).Hours[2].Heads.Len(); open <= store.HeadsInChunk {
				t.Errorf("an hour has %d open records, too few for several chunks", open)
			}
			for _, hour := range c.st.Hours() {
				if _, err := c.st.Seal(hour); err != nil {
					t.Fatal(err)
				}
			}
		}
		for range 20 {
			c.again()
		}
		for i, q := range asked {
			c.check(q)
			if i == round {
				c.check(q)
			}
		}
	}
}

// wantedOf tells which observations a search wants.
func (c *crowd) wantedOf(q report.PacketSearch) func(mesh.Transmission) func(mesh.Observation) bool {
	hops := map[meshcore.Hop]bool{}
	x, _ := c.gates.Lists.Get()
	for _, key := range q.Nodes {
		for _, hop := range x.Nodes.Hops(key) {
			hops[hop] = q.Part != report.PartSender
		}
	}
	passed := func(o mesh.Observation) bool {
		heard, ok := o.Packet(nil).Heard()
		return ok && slices.ContainsFunc(heard.AppendHops(nil), func(h meshcore.Hop) bool { return hops[h] })
	}
	wanted := func(o mesh.Observation) bool {
		by, _ := c.st.ObserverByNum(o.Observer)
		return (len(q.Observers) == 0 || slices.Contains(q.Observers, by.ID)) &&
			(len(q.Regions) == 0 || slices.Contains(q.Regions, strings.ToUpper(c.st.Region(o.Region)))) &&
			(len(q.Routes) == 0 || slices.Contains(q.Routes, meshcore.Route(o.Header&3))) &&
			(len(q.Widths) == 0 || slices.Contains(q.Widths, mesh.HopWidth(o.Header, o.PathLen))) &&
			(!q.SNR4.On || o.SNR4 != mesh.NoSNR && int(o.SNR4) >= q.SNR4.Least && int(o.SNR4) <= q.SNR4.Greatest)
	}
	return func(tx mesh.Transmission) func(mesh.Observation) bool {
		sent := q.Part != report.PartRelay && tx.Type == meshcore.TypeAdvert && tx.Verified && slices.Contains(q.Nodes, meshcore.PublicKey(tx.Payload[:32]))
		return func(o mesh.Observation) bool { return wanted(o) && (!q.OfNodes || sent || passed(o)) }
	}
}

// checkMix compares the counts by type and of receptions with all of what matches.
func (c *crowd) checkMix(q report.PacketSearch, all []mesh.Transmission) {
	c.t.Helper()
	var want figure.Mix
	for _, tx := range all {
		want.Types[tx.Type]++
		wanted := c.wantedOf(q)(tx)
		for _, o := range tx.Observations {
			if wanted(o) {
				want.Observations++
			}
		}
	}
	page := report.PacketQuery{PacketSearch: q}
	if len(all) > 1 { // wherever the page begins
		page.After = mesh.Cursor{First: all[0].First(), ID: all[0].ID}
	}
	if have := must(c.packets().List(c.t.Context(), page)).All; have != want {
		c.t.Fatalf("%+v: want %+v, have %+v", q, want, have)
	}
}

// shownValue is what a packet is put in order by, worked out of its row: the number
// or the text, and whether it has one.
func shownValue(by report.PacketValue, row report.PacketRow) (number int, text string, has bool) {
	o := row.Shown.Obs
	switch by {
	case report.ByReceived:
		return int(row.First), "", true
	case report.ByCopies:
		return row.Copies, "", true
	case report.ByType:
		return 0, row.Type.String(), true
	case report.BySNR:
		return int(o.SNR4), "", o.SNR4 != mesh.NoSNR
	case report.ByHops:
		heard, ok := o.Packet(nil).Heard()
		return heard.Len(), "", ok && row.Type != meshcore.TypeTrace
	case report.BySize:
		return row.Size, "", true
	case report.ByWidth:
		width := mesh.HopWidth(o.Header, o.PathLen)
		return width, "", width > 0
	case report.ByFirstObserver:
		return 0, strings.ToLower(cmp.Or(row.Shown.Observer.Name, row.Shown.Observer.ID)) + " " + row.Shown.Observer.ID, true
	}
	return 0, strings.ToUpper(row.Shown.Region), row.Shown.Region != ""
}

// checkOrders compares a page in some order with all rows sorted.
func (c *crowd) checkOrders(q report.PacketSearch, all []mesh.Transmission) {
	c.t.Helper()
	ask := report.PacketQuery{PacketSearch: q, TypeRank: func(t meshcore.Type) int {
		place := 0
		for other := range meshcore.Type(16) {
			if other.String() < t.String() {
				place++
			}
		}
		return place
	}}
	rows := make([]report.PacketRow, len(all)) // newest first
	for i, tx := range all {
		row, ok := c.packets().Row(ask, tx)
		if !ok {
			c.t.Fatalf("%+v: %d has no row", q, tx.ID)
		}
		rows[i] = row
	}
	for by := report.ByReceived; by <= report.ByFirstRegion; by++ {
		ask.Order = report.PacketOrder{By: by, Ascending: c.r.IntN(2) == 0}
		sorted := slices.Clone(rows)
		slices.SortStableFunc(sorted, func(a, b report.PacketRow) int {
			n, s, ok := shownValue(by, a)
			n2, s2, ok2 := shownValue(by, b)
			turn := -1
			if ask.Order.Ascending {
				turn = 1
			}
			switch {
			case ok && ok2:
				return turn * cmp.Or(cmp.Compare(n, n2), cmp.Compare(s, s2))
			case ok:
				return -1
			case ok2:
				return 1
			}
			return 0
		})
		if by == report.ByReceived && ask.Order.Ascending {
			slices.SortStableFunc(sorted, func(a, b report.PacketRow) int { return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.ID, b.ID)) })
		}
		want := ids(sorted[min(q.Offset, len(all)):min(q.Offset+q.Limit, len(all))])
		l := must(c.packets().List(c.t.Context(), ask))
		if have := ids(l.Rows); !slices.Equal(have, want) || l.More != (q.Offset+q.Limit < len(all)) {
			c.t.Fatalf("%+v in order %+v: want %v, have %v, more %v", q, ask.Order, want, have, l.More)
		}
	}
}

// checkEach walks over the receptions that match, page by page.
func (c *crowd) checkEach(q report.PacketQuery, all []mesh.Transmission) {
	c.t.Helper()
	q.Each, q.Receptions = true, report.ReceptionOrder(c.r.IntN(5))
	want := map[string]bool{}
	var packets []uint64
	for _, tx := range all {
		wanted := c.wantedOf(q.PacketSearch)(tx)
		for i, o := range tx.Observations {
			if wanted(o) {
				want[fmt.Sprint(tx.ID, i)] = true
				packets = append(packets, tx.ID)
			}
		}
	}
	var have []uint64
	for {
		l := must(c.packets().List(c.t.Context(), q))
		for _, r := range l.Rows {
			have = append(have, r.ID)
			delete(want, fmt.Sprint(r.ID, r.Shown.Num))
		}
		if !l.More {
			break
		}
		if len(l.Rows) != q.Limit {
			c.t.Fatalf("%+v: want %d rows, have %d", q, q.Limit, len(l.Rows))
		}
		q.After, q.Skip = l.Next, l.NextSkip
	}
	if !slices.Equal(have, packets) || len(want) > 0 {
		c.t.Fatalf("%+v: want receptions of %v, have %v; missing %v", q, packets, have, want)
	}
}

// What removing a filter brings is counted over all that is held.
func TestLiftedFiltersAreCountedExactly(t *testing.T) {
	c := newCrowd(t, 99)
	for range 150 {
		c.send()
	}
	for _, hour := range c.st.Hours()[1:] {
		if _, err := c.st.Seal(hour); err != nil {
			t.Fatal(err)
		}
	}
	q := report.PacketQuery{PacketSearch: report.PacketSearch{Types: []meshcore.Type{meshcore.TypeAck}, Regions: []string{"SEA"}, OfNodes: true, Nodes: c.nodes[:1], Part: report.PartRelay, From: t0 + 3_600_000, Limit: 5}}
	l := must(c.packets().List(t.Context(), q))
	base := report.PacketSearch{Types: q.Types, Regions: q.Regions, OfNodes: true, Nodes: q.Nodes, Part: q.Part, From: q.From}
	lift := map[string]func(*report.PacketSearch){
		"type": func(s *report.PacketSearch) { s.Types = nil }, "region": func(s *report.PacketSearch) { s.Regions = nil },
		"node": func(s *report.PacketSearch) { s.OfNodes = false }, "time": func(s *report.PacketSearch) { s.From = 0 },
	}
	if l.Matching != 0 || len(l.Without) != len(lift) {
		t.Fatalf("want nothing and %d filters to lift, have %+v", len(lift), l)
	}
	most := 0
	for _, d := range l.Without {
		s := base
		lift[d.Filter](&s)
		if want := len(c.naive(s)); d.Count != want {
			t.Errorf("without %s: want %d, have %d", d.Filter, want, d.Count)
		}
		most = max(most, d.Count)
	}
	if most == 0 {
		t.Error("no filter has anything behind it: the test shows nothing")
	}
	// Of these no one brings anything, and two do.
	q.PacketSearch = report.PacketSearch{Types: []meshcore.Type{meshcore.TypeGrpTxt}, Regions: []string{"ZZZ"}, Observers: []string{"nobody"}, Part: report.PartRelay, OfNodes: true, Nodes: c.nodes[:1]}
	got := must(c.packets().List(t.Context(), q)).Without
	without := func(off ...string) int {
		s := q.PacketSearch
		for _, name := range off {
			map[string]func(){"type": func() { s.Types = nil }, "region": func() { s.Regions = nil }, "obs": func() { s.Observers = nil }, "node": func() { s.OfNodes = false }}[name]()
		}
		return len(c.naive(s))
	}
	want := report.Dropped{Filter: "region", With: "obs", Count: without("region", "obs")}
	if len(got) != 5 || got[4] != want || want.Count == 0 {
		t.Errorf("want %+v, have %+v", want, got)
	}
}

// Timestamps are those of all packets since then.
func TestTimestampsAreOfAllPackets(t *testing.T) {
	c := newCrowd(t, 7)
	for range 100 {
		c.send()
	}
	if _, err := c.st.Seal(c.st.Hours()[1]); err != nil {
		t.Fatal(err)
	}
	since := t0 + 2*3_600_000
	var want []int64
	for _, tx := range slices.Backward(c.naive(report.PacketSearch{From: since})) {
		want = append(want, tx.First())
	}
	if got := must(c.packets().Timestamps(t.Context(), since)); len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("want %v, have %v", want, got)
	}
}
