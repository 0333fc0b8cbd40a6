package report

import (
	"slices"
	"strings"
	"sync"

	"hilltop/appliance/internal/column"
	"hilltop/appliance/internal/figure"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// A search is answered in two ways that mean the same: what is held is looked
// through by a figure.Selector, which unpacks nothing; one transmission, and
// what scans show, is matched by a matcher.

// selection is a search as columns, heads and indexes answer it. A name that is
// not known matches nothing; it does not switch the filter off.
func (p Packets) selection(q PacketSearch) figure.Selection {
	s := figure.Selection{Types: q.Types, Routes: q.Routes, Widths: q.Widths, SNR4: q.SNR4, Hash: q.Hash, Observers: p.observers(q), Regions: p.regions(q)}
	if len(q.Types) == 0 {
		s.Types = nil
	}
	if len(q.Routes) == 0 {
		s.Routes = nil
	}
	if len(q.Widths) == 0 {
		s.Widths = nil
	}
	if hops, senders, on := p.ofNodes(q); on {
		s.Of = &figure.OfNodes{Senders: senders, Relayed: p.Relays.Under(hops), Hops: hops}
	}
	s.From = q.In.senders(p.Store)
	if q.Channel != "" {
		if hash, ok := LockedRef(q.Channel); ok {
			s.In = p.Channels.OfLocked(hash)
		} else {
			s.In = p.Channels.Of(q.Channel)
		}
	}
	return s
}

// observers are the numbers of those that are wanted; nil: all.
func (p Packets) observers(q PacketSearch) []uint32 {
	if len(q.Observers) == 0 {
		return nil
	}
	nums := []uint32{}
	for _, id := range q.Observers {
		if o, ok := p.Store.Observer(id); ok {
			nums = append(nums, o.Num)
		}
	}
	slices.Sort(nums)
	return nums
}

// regions are the numbers of those that are wanted; nil: all.
func (p Packets) regions(q PacketSearch) []uint16 {
	if len(q.Regions) == 0 {
		return nil
	}
	nums := p.Store.RegionsThat(func(name string) bool { return slices.Contains(q.Regions, strings.ToUpper(name)) })
	return append([]uint16{}, nums...)
}

// ofNodes are the hops of which one must be in a heard path, or the keys of
// which one sent the packet as an advert; not on: it does not matter.
func (p Packets) ofNodes(q PacketSearch) (hops []meshcore.Hop, senders []meshcore.PublicKey, on bool) {
	if !q.OfNodes {
		return nil, nil, false
	}
	if q.Part != PartSender && p.Nodes != nil {
		for _, key := range q.Nodes {
			hops = append(hops, p.Nodes.Hops(key)...)
		}
	}
	if q.Part != PartRelay {
		senders = q.Nodes
	}
	return hops, senders, true
}

// matcher is a search with the store's numbers in place of names. The zero
// matcher takes everything.
type matcher struct {
	types     uint16 // bit n: payload type n; 0 all
	routes    uint8  // bit n: route n; 0 all
	widths    uint8  // bit n: n bytes a hop; 0 all
	snr       figure.Range
	observers map[uint32]bool // nil all
	regions   map[uint16]bool // nil all
	hash      string
	ofNodes   bool
	senders   map[meshcore.PublicKey]bool
	hops      map[meshcore.Hop]bool // that are one of the wanted nodes' alone
	alone     []meshcore.Hop        // the same
	channel   func(meshcore.Type, []byte) bool
	tree      func(*mesh.Tree) bool         // whether a tree may match; nil: any
	sender    func(meshcore.PublicKey) bool // whether who sent it is wanted; nil: whoever did

	marks []bool // memory for those of a tree: of one goroutine
}

func (p Packets) matcher(q PacketSearch) matcher {
	m := matcher{hash: q.Hash}
	for _, t := range q.Types {
		m.types |= 1 << (t & 15)
	}
	for _, r := range q.Routes {
		m.routes |= 1 << (r & 3)
	}
	for _, w := range q.Widths {
		m.widths |= 1 << w
	}
	m.snr = q.SNR4
	m.observers, m.regions = setOf(p.observers(q)), setOf(p.regions(q))
	var hops []meshcore.Hop
	var senders []meshcore.PublicKey
	if hops, senders, m.ofNodes = p.ofNodes(q); m.ofNodes {
		m.senders, m.hops, m.alone = setOf(append([]meshcore.PublicKey{}, senders...)), setOf(append([]meshcore.Hop{}, hops...)), hops
	}
	if q.Channel != "" {
		m.channel = p.channelMatch(q.Channel)
	}
	if q.In != nil {
		m.sender = func(key meshcore.PublicKey) bool {
			n, ok := p.Store.Node(key)
			return ok && q.In.Has(&n)
		}
	}
	return m
}

// setOf is a list as a set; nil if the list is.
func setOf[T comparable](list []T) map[T]bool {
	if list == nil {
		return nil
	}
	set := make(map[T]bool, len(list))
	for _, v := range list {
		set[v] = true
	}
	return set
}

// channelMatch tells which packets are of a channel: those that its key opens,
// or, for "enc_" and a hash byte, those of this byte that no key opens.
func (p Packets) channelMatch(name string) func(meshcore.Type, []byte) bool {
	hash, locked := LockedRef(name)
	return func(kind meshcore.Type, payload []byte) bool {
		have, open := "", false
		switch kind {
		case meshcore.TypeGrpTxt:
			if t := index.ReadText(p.Ring, payload); t != nil {
				have, open = t.Channel, true
			}
		case meshcore.TypeGrpData:
			if o, err := p.Ring.Open(payload); err == nil {
				have, open = o.Channel.Name, true
			}
		default:
			return false
		}
		if locked {
			return !open && len(payload) > 0 && payload[0] == hash
		}
		return open && have == name
	}
}

// matchCopies tells which receptions of a packet are wanted: where nodes are, those
// whose own path has a hop of one, and all of an advert that one sent.
func (m *matcher) matchCopies(tx *mesh.Transmission) func(*mesh.Observation) bool {
	if !m.ofNodes || m.sent(tx.Type, tx.Verified, tx.Payload) {
		return m.matchCopy
	}
	return func(o *mesh.Observation) bool {
		return m.matchCopy(o) && figure.Passed(m.alone, o.Header, o.PathLen, o.Path)
	}
}

// matchCopy tells whether one reception is wanted but for its relays.
func (m *matcher) matchCopy(o *mesh.Observation) bool {
	return m.heard(o.Observer, o.Region) && m.said(o.Header, o.PathLen, o.SNR4)
}

func (m *matcher) matchScanned(o mesh.ScannedObs) bool {
	return m.heard(o.Observer, o.Region) && m.said(o.Header, o.PathLen, o.SNR4)
}

// heard tells whether a reception is wanted for who heard it and where.
func (m *matcher) heard(observer uint32, region uint16) bool {
	return (m.observers == nil || m.observers[observer]) && (m.regions == nil || m.regions[region])
}

// said tells whether a reception is wanted for what was heard.
func (m *matcher) said(header, pathLen byte, snr4 int8) bool {
	return (m.routes == 0 || m.routes&(1<<(header&3)) != 0) && (m.widths == 0 || m.widths&(1<<mesh.HopWidth(header, pathLen)) != 0) &&
		(!m.snr.On || snr4 != mesh.NoSNR && m.snr.Has(int(snr4)))
}

// shownTransmission is memory for what has been unpacked while it is looked at.
type shownTransmission struct {
	mesh.Scanned
	marks []bool
}

var spareShown = sync.Pool{New: func() any { return new(shownTransmission) }}

// matchTransmission is match for what has been unpacked. Goroutines may share the
// matcher for it.
func (m *matcher) matchTransmission(tx mesh.Transmission) bool {
	s := spareShown.Get().(*shownTransmission)
	defer spareShown.Put(s)
	show(&s.Scanned, tx)
	own := *m
	own.marks = s.marks
	matches := own.match(&s.Scanned)
	s.marks = own.marks
	return matches
}

// match tells whether a packet is wanted.
func (m *matcher) match(s *mesh.Scanned) bool {
	if m.types != 0 && m.types&(1<<(s.Type&15)) == 0 || m.hash != "" && !strings.HasPrefix(s.Hash.String(), m.hash) {
		return false
	}
	if m.sender != nil {
		if key, ok := mesh.SenderOf(s.Type, s.Verified, s.Payload); !ok || !m.sender(key) {
			return false
		}
	}
	wanted := m.matchScanned
	if m.ofNodes && !m.sent(s.Type, s.Verified, s.Payload) {
		if !heardHop(s, m.hops) {
			return false
		}
		m.marks = figure.PassedIn(m.alone, &s.Tree, m.marks)
		wanted = func(o mesh.ScannedObs) bool {
			return m.matchScanned(o) && figure.PassedBy(m.alone, m.marks, &o)
		}
	}
	return slices.ContainsFunc(s.Obs, wanted) && (m.channel == nil || m.channel(s.Type, s.Payload))
}

// sent tells whether a packet is an advert that a wanted node has signed.
func (m *matcher) sent(kind meshcore.Type, verified bool, payload []byte) bool {
	var key meshcore.PublicKey
	return kind == meshcore.TypeAdvert && verified && copy(key[:], payload) == len(key) && m.senders[key]
}

// each calls fn for what matches in one hour.
func (m *matcher) each(v *store.View, in span, fn func(*mesh.Scanned)) {
	take := func(s *mesh.Scanned) bool {
		if in.has(s.First) && m.match(s) {
			fn(s)
		}
		return true
	}
	if block := v.Block; block != nil {
		from, to := rowsIn(block, in)
		maybe := m.rows(block)
		var parents []uint32
		block.Scan(from, to, func(row int) bool {
			if v.Over(row) || !maybe(row) {
				return true
			}
			if m.tree == nil {
				return false
			}
			t := block.TreeOf(row, parents)
			if t.Width == 0 {
				return true
			}
			parents = t.Parents
			return !m.tree(&t)
		}, take)
	}
	v.Open(anyHead, take)
}

// besideTree tells whether a row has copies that are not in its tree.
func besideTree(block *column.Hour, row int) bool {
	for o := block.Starts()[row]; o < block.Starts()[row+1]; o++ {
		if block.Leaf(int(o)) < 0 {
			return true
		}
	}
	return false
}

// rowsIn are the rows of a block whose first copies stand in a span.
func rowsIn(block *column.Hour, in span) (from, to int) {
	return block.Search(in.from), block.Search(in.to)
}

// rows tells which rows of a block may match, as far as columns tell.
func (m *matcher) rows(block *column.Hour) func(row int) bool {
	types := block.Types()
	wanted := m.reporters(block)
	starts, who := block.Starts(), block.Reporters()
	return func(row int) bool {
		if m.types != 0 && m.types&(1<<(types[row]&15)) == 0 {
			return false
		}
		if wanted != nil && !anyOf(wanted, who, starts[row], starts[row+1]) {
			return false
		}
		return (m.sender == nil || mesh.NamesSender(block.Type(row))) && (!m.ofNodes || m.maybeOfNodes(block, row))
	}
}

// reporters tells which of a block's reporters are wanted; nil: all.
func (m *matcher) reporters(block *column.Hour) []bool {
	if m.observers == nil && m.regions == nil {
		return nil
	}
	list := block.ReporterList()
	wanted := make([]bool, len(list))
	for i, r := range list {
		wanted[i] = m.heard(r.Observer, r.Region)
	}
	return wanted
}

// maybeOfNodes tells whether a row may be of a wanted node: its tree has one of
// the hops, it has copies beside the tree, or it is an advert.
func (m *matcher) maybeOfNodes(block *column.Hour, row int) bool {
	if block.Type(row) == meshcore.TypeAdvert {
		return true
	}
	width, _ := block.Tree(row)
	if width > 0 {
		b := block.HopBytes(row)
		for i := 0; i+width <= len(b); i += width {
			if m.hops[meshcore.NewHop(b[i:i+width])] {
				return true
			}
		}
	}
	return besideTree(block, row)
}

// anyOf tells whether one of the observations from..to has a wanted reporter.
func anyOf(wanted []bool, who column.Numbers, from, to uint32) bool {
	for o := from; o < to; o++ {
		if wanted[who.At(int(o))] {
			return true
		}
	}
	return false
}
