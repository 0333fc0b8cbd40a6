package report

import (
	"cmp"
	"context"
	"encoding/binary"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"

	"hilltop/appliance/internal/column"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// place is where a packet stands in the list.
type place struct {
	first int64
	id    uint64
	hash  uint64 // its hash as a number
}

// places are those of the packets that match, by the hour in which they are
// stored. Only the parts that are asked for are put in order.
type places struct {
	hours map[uint32][]place
	total int
}

func (q PacketSearch) span() span {
	from, to := PacketQuery{From: q.From, To: q.To}.span()
	return span{from, to}
}

// places finds all packets that match.
func (p Packets) places(ctx context.Context, q PacketSearch, m *matcher) (out places, err error) {
	in := q.span()
	if len(q.Hash) == 2*len(meshcore.Hash{}) {
		return p.placesOfHash(q.Hash, in, m)
	}
	found, err := scan(ctx, p.Store, in, func() *places { return &places{hours: map[uint32][]place{}} }, func(out *places, pick store.HourPick) {
		mine := m.clone() // a matcher remembers the names of regions
		if list := mine.inHour(pick, in); len(list) > 0 {
			out.hours[pick.Hour()] = list
		}
	})
	out.hours = map[uint32][]place{}
	for _, f := range found {
		for hour, list := range f.hours {
			out.hours[hour] = list
			out.total += len(list)
		}
	}
	return out, err
}

// placesOfHash finds the episodes of one hash, which the store knows.
func (p Packets) placesOfHash(text string, in span, m *matcher) (out places, err error) {
	hash, err := meshcore.ParseHash(text)
	if err != nil {
		return out, err
	}
	out.hours = map[uint32][]place{}
	for _, tx := range p.Store.Packets(hash) {
		if show(&m.shown, tx); in.has(m.shown.First) && m.match(&m.shown) {
			hour := uint32(max(m.shown.First, 0) / hourMs)
			out.hours[hour] = append(out.hours[hour], place{m.shown.First, tx.ID, number(tx.Hash)})
			out.total++
		}
	}
	return out, nil
}

func number(h meshcore.Hash) uint64 { return binary.BigEndian.Uint64(h[:]) }

// clone is the matcher for another goroutine.
func (m *matcher) clone() *matcher {
	c := *m
	c.shown = mesh.Scanned{}
	if m.regions != nil {
		c.regions = &regionFilter{m.regions.wanted, m.regions.name, map[uint16]bool{}}
	}
	return &c
}

// inHour finds what matches in one hour.
func (m *matcher) inHour(pick store.HourPick, in span) (list []place) {
	take := func(s *mesh.Scanned) bool {
		if in.has(s.First) && m.match(s) {
			list = append(list, place{s.First, s.ID, number(s.Hash)})
		}
		return true
	}
	if block, over := pick.Block(); block != nil {
		from, to := rowsIn(block, in)
		maybe := m.rows(block)
		switch {
		case m.none:
		case m.routes == 0 && !m.ofNodes: // columns tell all of it
			for row := from; row < to; row++ {
				if !over(row) && maybe(row) {
					list = append(list, place{block.First(row), block.ID(row), number(block.Hash(row))})
				}
			}
		default:
			block.Scan(from, to, func(row int) bool { return over(row) || !maybe(row) }, take)
		}
	}
	pick.Open(take)
	return list
}

// each calls fn for what matches in one hour.
func (m *matcher) each(pick store.HourPick, in span, fn func(*mesh.Scanned)) {
	take := func(s *mesh.Scanned) bool {
		if in.has(s.First) && m.match(s) {
			fn(s)
		}
		return true
	}
	if block, over := pick.Block(); block != nil {
		from, to := rowsIn(block, in)
		maybe := m.rows(block)
		var parents []uint32
		block.Scan(from, to, func(row int) bool {
			if over(row) || !maybe(row) {
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
	pick.Open(take)
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
	to = block.Len()
	if in.from > math.MinInt64 {
		from = block.Search(in.from)
	}
	if in.to < math.MaxInt64 {
		to = block.Search(in.to)
	}
	return from, to
}

// rows tells which rows of a block may match: those that do, but for what only
// paths tell.
func (m *matcher) rows(block *column.Hour) func(row int) bool {
	types := block.Types()
	wanted := m.reporters(block)
	lo, hi := m.hashes()
	starts, who := block.Starts(), block.Reporters()
	return func(row int) bool {
		if m.types != 0 && m.types&(1<<(types[row]&15)) == 0 {
			return false
		}
		if m.hash != "" {
			if n := number(block.Hash(row)); n < lo || n > hi {
				return false
			}
		}
		if wanted != nil && !anyOf(wanted, who, starts[row], starts[row+1]) {
			return false
		}
		if m.channel != nil && !m.channel(meshcore.Type(types[row]), block.Payload(row)) {
			return false
		}
		return !m.ofNodes || m.maybeOfNodes(block, row)
	}
}

// hashes bounds the numbers of the hashes that begin as wanted.
func (m *matcher) hashes() (lo, hi uint64) {
	const digits = 16
	for i := range digits {
		lo, hi = lo<<4, hi<<4|15
		if i < len(m.hash) {
			d := uint64(strings.IndexByte("0123456789abcdef", m.hash[i]))
			lo, hi = lo|d, hi&^15|d
		}
	}
	return lo, hi
}

// reporters tells which of a block's reporters are wanted; nil: all.
func (m *matcher) reporters(block *column.Hour) []bool {
	if m.observers == nil && m.regions == nil {
		return nil
	}
	list := block.ReporterList()
	wanted := make([]bool, len(list))
	for i, r := range list {
		wanted[i] = (m.observers == nil || m.observers[r.Observer]) && (m.regions == nil || m.regions.match(r.Region))
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

// batches gives the places in parts that follow one another: the newest first,
// but within a part in no order. What is stored in an hour stands before its
// end, and at most ten minutes before its begin.
func (l places) batches() iter.Seq[[]place] {
	return func(yield func([]place) bool) {
		hours := slices.Sorted(maps.Keys(l.hours))
		var early []place // stand before the begin of their hour
		for i := len(hours) - 1; i >= 0; i-- {
			start := int64(hours[i]) * hourMs
			var batch []place
			batch, early = early, nil
			for _, at := range l.hours[hours[i]] {
				if at.first >= start {
					batch = append(batch, at)
				} else {
					early = append(early, at)
				}
			}
			for k := 0; k < len(batch); k++ { // early ones of the hour after may stand before this one
				if batch[k].first < start {
					early = append(early, batch[k])
					batch[k] = batch[len(batch)-1]
					batch, k = batch[:len(batch)-1], k-1
				}
			}
			if len(batch) > 0 && !yield(batch) {
				return
			}
		}
		if len(early) > 0 {
			yield(early)
		}
	}
}

func newestFirst(a, b place) int {
	return cmp.Or(cmp.Compare(b.first, a.first), cmp.Compare(b.id, a.id))
}

// part gives n places from an offset on, newest or oldest first.
func (l places) part(offset, n int, ascending bool) (out []place) {
	if ascending { // counted from the other end
		from := l.total - offset - n
		n = max(0, min(n, n+from))
		out = l.part(max(from, 0), n, false)
		slices.Reverse(out)
		return out
	}
	for batch := range l.batches() {
		if offset >= len(batch) {
			offset -= len(batch)
			continue
		}
		slices.SortFunc(batch, newestFirst)
		batch = batch[offset:]
		offset = 0
		out = append(out, batch[:min(len(batch), n-len(out))]...)
		if len(out) == n {
			break
		}
	}
	return out
}

// all gives every place with its number, the newest first.
func (l places) all() iter.Seq2[int, place] {
	return func(yield func(int, place) bool) {
		i := 0
		for batch := range l.batches() {
			slices.SortFunc(batch, newestFirst)
			for _, at := range batch {
				if !yield(i, at) {
					return
				}
				i++
			}
		}
	}
}

// hashes counts the different hashes.
func (l places) hashes() (n int) {
	if l.total == 0 {
		return 0
	}
	size := 16
	for size < 2*l.total {
		size *= 2
	}
	mask, zero := uint64(size-1), false
	set := make([]uint64, size) // hashes are as good as random: they are their own places
	for _, list := range l.hours {
		for _, at := range list {
			if at.hash == 0 {
				zero = true
				continue
			}
			i := (at.hash * 0x9E3779B97F4A7C15 >> 20) & mask
			for set[i] != 0 && set[i] != at.hash {
				i = (i + 1) & mask
			}
			if set[i] == 0 {
				set[i], n = at.hash, n+1
			}
		}
	}
	if zero {
		n++
	}
	return n
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
