package figure

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"hilltop/appliance/internal/column"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// Selection says which transmissions are wanted, and means what [Filter] means:
// at least one of the observations is by one of the observers, in one of the
// regions, by one of the routes, with hops of one of the widths, of such an SNR, and
// by a path that has a hop of one of the nodes at once, but for what these sent. It has what columns and the heads
// of open records tell, and lists of indexes, so that no transmission has to be
// unpacked. A list that is nil says nothing; an empty one lets nothing pass.
type Selection struct {
	Types     []meshcore.Type
	Observers []uint32
	Regions   []uint16
	Routes    []meshcore.Route
	Widths    []int  // bytes a hop, as mesh.HopWidth says
	SNR4      Range  // quarter dB; unknown does not match
	Hash      string // beginning of the hash, in lower-case hex

	// From are the nodes of which one sent it; nil says nothing.
	From *Senders
	// Of are nodes; nil says nothing.
	Of *OfNodes
	// In are the transmissions that an index lists; nil says nothing.
	In Lists
}

// OfNodes wants adverts that one of the keys has signed, and what has a path with
// one of the hops: of rows an index lists that, of open records they tell it themselves.
type OfNodes struct {
	Senders []meshcore.PublicKey
	Relayed Lists          // of what has a path with one of Hops
	Hops    []meshcore.Hop // that are one of the nodes' alone
}

// Senders are keys, of which one sent a packet as [mesh.SenderOf] says.
type Senders struct {
	Keys map[meshcore.PublicKey]bool
	// Name tells different keys apart, and is short.
	Name string
}

// Lists is a choice of transmissions that an index knows.
type Lists interface {
	// Key tells different choices apart.
	Key() string
	// Version changes whenever what is listed of an hour does.
	Version(hour uint32) uint64
	// IDs are those listed of an hour, in any order, each once or more.
	IDs(hour uint32) []uint64
}

// Selector is a selection made ready. It may be used by many at once.
type Selector struct {
	all     bool
	key     string
	types   [256]bool
	who     bool // something is asked of observers or regions
	by      set
	in      set
	shapes  uint16 // of copies that are wanted, as of column.Shape
	shaped  bool
	snr     Range
	lo, hi  uint64 // of the hash as a number
	senders map[meshcore.PublicKey]bool
	hops    []meshcore.Hop
	spelled []string // the hops' bytes
	from    *Senders
	of      *OfNodes
	lists   Lists
}

// NewSelector makes a selection ready.
func NewSelector(s Selection) *Selector {
	c := &Selector{by: newSet(s.Observers), from: s.From, of: s.Of, lists: s.In, shaped: s.Routes != nil || s.Widths != nil, snr: s.SNR4}
	var regions []uint32
	if s.Regions != nil {
		regions = []uint32{}
	}
	for _, r := range s.Regions {
		regions = append(regions, uint32(r))
	}
	c.in = newSet(regions)
	c.who = c.by.on || c.in.on
	fill(c.types[:], s.Types)
	c.shapes = shapesOf(s.Routes, s.Widths)
	c.lo, c.hi = hashBounds(s.Hash)
	c.all = s.Types == nil && !c.heard() && s.Hash == "" && s.From == nil && s.Of == nil && s.In == nil
	from, of, in := "", "", ""
	if s.From != nil {
		from = "from " + s.From.Name
	}
	if s.Of != nil {
		c.hops = s.Of.Hops
		for _, hop := range c.hops {
			c.spelled = append(c.spelled, string(hop.Bytes()))
		}
		of = "of " + s.Of.Relayed.Key()
		c.senders = make(map[meshcore.PublicKey]bool, len(s.Of.Senders))
		for _, k := range s.Of.Senders {
			c.senders[k] = true
			of += k.String()
		}
	}
	if s.In != nil {
		in = "in " + s.In.Key()
	}
	c.key = fmt.Sprintf("%v %v %t %v %v %t %x %v %q %q %q %q", s.Types, s.Observers, c.by.on, s.Types == nil, s.Regions, c.in.on, c.shapes, c.snr, s.Hash, from, of, in)
	return c
}

// shapesOf are the shapes of copies by one of the routes with hops of one of the
// widths; a list that is nil says nothing.
func shapesOf(routes []meshcore.Route, widths []int) (shapes uint16) {
	for route := range meshcore.Route(4) {
		for width := range 4 {
			if (routes == nil || slices.Contains(routes, route)) && (widths == nil || slices.Contains(widths, width)) {
				shapes |= 1 << (4*byte(route) + byte(width))
			}
		}
	}
	return shapes
}

// heard tells whether something is asked of single observations.
func (c *Selector) heard() bool { return c.beside() || len(c.hops) > 0 }

// beside tells whether something is asked of them beside their relays.
func (c *Selector) beside() bool { return c.who || c.shaped || c.snr.On }

// takes tells whether an observation that was heard by whom and where it is wanted
// is wanted for the rest of it.
func (c *Selector) takes(header, pathLen byte, snr4 int8) bool {
	return (!c.shaped || c.shapes&column.Shape(header, pathLen) != 0) && (!c.snr.On || c.loud(snr4))
}

func (c *Selector) loud(snr4 int8) bool { return snr4 != mesh.NoSNR && c.snr.Has(int(snr4)) }

// hashBounds bounds the numbers of the hashes that begin so.
func hashBounds(begin string) (lo, hi uint64) {
	const digits = 16
	for i := range digits {
		lo, hi = lo<<4, hi<<4|15
		if i < len(begin) {
			d := uint64(strings.IndexByte("0123456789abcdef", begin[i]))
			lo, hi = lo|d, hi&^15|d
		}
	}
	return lo, hi
}

// Name tells different selections apart.
func (c *Selector) Name() string { return c.key }

// Everything tells whether all transmissions are wanted.
func (c *Selector) Everything() bool { return c.all }

// Sees makes a selector ready for what views have, whose voices are these.
func (c *Selector) Sees(voices []store.Voice) *Picker {
	p := &Picker{Selector: c, heardBy: voices, voices: make([]bool, len(voices))}
	for i, v := range voices {
		p.voices[i] = c.by.has(v.Observer) && c.in.has(uint32(v.Region))
	}
	return p
}

// Picker finds transmissions in views. It may be used by many at once.
type Picker struct {
	*Selector
	heardBy []store.Voice
	voices  []bool // that are wanted, by their place
}

// hourLists is what indexes list of one hour.
type hourLists struct{ of, in *IDSet }

// hourLists asks indexes what they list of an hour: of rows, or of heads.
func (p *Picker) hourLists(hour uint32, rows bool) (l hourLists) {
	if rows && p.of != nil {
		l.of = NewIDSet(p.of.Relayed.IDs(hour))
	}
	if p.lists != nil {
		l.in = NewIDSet(p.lists.IDs(hour))
	}
	return l
}

// Picked is what matches of an hour, in the order of first, then of number.
type Picked struct {
	Rows  []uint32 // of its block
	Heads []uint32 // places among its heads
}

// Pick finds what matches in an hour: among the rows from..to of its block and
// the heads whose places are from..to below.
func (p *Picker) Pick(v *store.View, rows, heads [2]int) (out Picked) {
	if v.Block != nil && rows[0] < rows[1] {
		out.Rows = p.rows(v, rows, p.hourLists(v.Hour, true))
	}
	if heads[0] < heads[1] {
		l := p.hourLists(v.Hour, false)
		for i := heads[0]; i < heads[1]; i++ {
			if p.head(v.Heads.At(i), l) {
				out.Heads = append(out.Heads, uint32(i))
			}
		}
	}
	return out
}

// head tells whether an open record matches.
func (p *Picker) head(h *store.Head, l hourLists) bool {
	if p.all {
		return true
	}
	if !p.types[h.Type] || !p.hash(h.Hash) || l.in != nil && !l.in.Has(h.ID) {
		return false
	}
	if p.from != nil && (h.Sender == nil || !p.from.Keys[*h.Sender]) {
		return false
	}
	if p.of != nil && len(p.hops) == 0 && !p.sentHead(h) {
		return false
	}
	if !p.heard() {
		return true
	}
	found := false
	p.eachCopy(h, func(*store.Heard) bool {
		found = true
		return false
	})
	return found
}

// wantsHeard tells whether a copy of an open record is wanted but for its relays.
func (p *Picker) wantsHeard(c store.Heard) bool {
	return int(c.Voice) < len(p.voices) && p.voices[c.Voice] && p.takes(c.Header, c.PathLen, c.SNR4)
}

func (p *Picker) hash(h meshcore.Hash) bool {
	n := binary.BigEndian.Uint64(h[:])
	return n >= p.lo && n <= p.hi
}

// rows finds the rows that match.
func (p *Picker) rows(v *store.View, in [2]int, l hourLists) []uint32 {
	b := v.Block
	wanted, some := p.reporters(b)
	if !some {
		return nil
	}
	rows := p.candidates(v, in, l)
	if wanted != nil || p.snr.On {
		switch n := b.Reporters(); n.Width() {
		case 1:
			rows = reported(p, b, rows, column.View[uint8](n), wanted)
		case 2:
			rows = reported(p, b, rows, column.View[uint16](n), wanted)
		default:
			rows = reported(p, b, rows, column.View[uint32](n), wanted)
		}
	}
	if p.shaped || p.beside() && len(p.hops) > 0 {
		rows = p.read(b, rows, wanted)
	}
	return rows
}

// reporters has a 1 for each of a block's reporters that is wanted, nil where
// nothing is asked of them, and tells whether there is one.
func (p *Picker) reporters(b *column.Hour) (wanted []uint8, some bool) {
	if !p.who {
		return nil, true
	}
	list := b.ReporterList()
	wanted = make([]uint8, max(len(list), 256))
	for i := range list {
		if p.by.has(list[i].Observer) && p.in.has(uint32(list[i].Region)) {
			wanted[i], some = 1, true
		}
	}
	return wanted, some
}

// candidates finds the rows that match but for their observations.
func (p *Picker) candidates(v *store.View, in [2]int, l hourLists) []uint32 {
	b := v.Block
	types := b.Types()
	byHash, over := p.lo != 0 || p.hi != ^uint64(0), v.Overridden()
	size := in[1] - in[0]
	if byHash || l.in != nil || p.of != nil || p.from != nil {
		size = min(size, 64) // few are left
	}
	rows := make([]uint32, 0, size)
	for row := in[0]; row < in[1]; row++ {
		if !p.types[types[row]] || byHash && !p.hash(b.Hash(row)) || over && v.Over(row) {
			continue
		}
		if l.in != nil && !l.in.Has(b.ID(row)) || p.of != nil && !p.ofNodes(b, row, l) || p.from != nil && !p.sentBy(b, row) {
			continue
		}
		rows = append(rows, uint32(row))
	}
	return rows
}

// sentBy tells whether one of the wanted senders sent a row.
func (p *Picker) sentBy(b *column.Hour, row int) bool {
	t := b.Type(row)
	if !mesh.NamesSender(t) || t == meshcore.TypeAdvert && !b.Verified(row) {
		return false
	}
	key, ok := mesh.SenderOf(t, true, b.Payload(row))
	return ok && p.from.Keys[key]
}

func (p *Picker) ofNodes(b *column.Hour, row int, l hourLists) bool {
	return l.of.Has(b.ID(row)) || p.sent(b, row)
}

// mixed tells whether columns cannot tell which copies of a row are wanted: it has
// copies of wanted shapes and others, as few have, or their paths count.
func (p *Picker) mixed(b *column.Hour, row int) bool {
	return p.shaped && b.Shapes()[row]&^p.shapes != 0 || p.passing(b, row)
}

// read keeps the rows that have a copy of a wanted shape, one that is wanted
// else, too, where columns do not tell that: only of these the heads of copies are
// read.
func (p *Picker) read(b *column.Hour, rows []uint32, reporters []uint8) []uint32 {
	shapes := b.Shapes()
	return slices.DeleteFunc(rows, func(row uint32) bool {
		if p.shaped && shapes[row]&p.shapes == 0 {
			return true
		}
		none := p.mixed(b, int(row))
		if none {
			p.eachWanted(b, int(row), reporters, func(int) bool {
				none = false
				return false
			})
		}
		return none
	})
}

// reported keeps the rows that have an observation by a wanted reporter and of a
// wanted SNR. wanted is nil where nothing is asked of reporters.
func reported[R uint8 | uint16 | uint32](p *Picker, b *column.Hour, rows []uint32, reporters []R, wanted []uint8) []uint32 {
	starts, snrs := b.Starts(), b.SNRs()
	out := rows[:0]
	for _, row := range rows {
		for o := starts[row]; o < starts[row+1]; o++ {
			if (wanted == nil || wanted[reporters[o]] != 0) && (!p.snr.On || p.loud(snrs[o])) {
				out = append(out, row)
				break
			}
		}
	}
	return out
}
