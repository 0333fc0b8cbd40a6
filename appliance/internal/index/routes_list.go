package index

import (
	"encoding/binary"
	"slices"
	"sort"
)

// routeList is different sequences in ascending order with their counts, packed: 32 at
// a time, each a uvarint, its difference from the one before, and a uvarint, its count.
// Most take five bytes.
type routeList struct {
	firsts []sequence // of each block
	starts []uint32   // where each block begins in packed
	packed []byte
	last   sequence
	n      int
}

// routeBlock is how many sequences are packed from one that is known on.
const routeBlock = 32

// add puts a sequence behind those that are there, all of which are less.
func (l *routeList) add(key sequence, count uint32) {
	if l.n%routeBlock == 0 {
		l.firsts, l.starts = append(l.firsts, key), append(l.starts, uint32(len(l.packed)))
	} else {
		l.packed = binary.AppendUvarint(l.packed, uint64(key-l.last))
	}
	l.packed = binary.AppendUvarint(l.packed, uint64(count))
	l.last, l.n = key, l.n+1
}

// fit gives back the room for more.
func (l *routeList) fit() {
	l.firsts, l.starts, l.packed = slices.Clone(l.firsts), slices.Clone(l.starts), slices.Clone(l.packed)
}

// count is that of a sequence; 0 if it is not there.
func (l *routeList) count(key sequence) int64 {
	block := sort.Search(len(l.firsts), func(i int) bool { return l.firsts[i] > key }) - 1
	if block < 0 {
		return 0
	}
	w := l.walk(block)
	for range routeBlock {
		if !w.next() || w.key > key {
			return 0
		}
		if w.key == key {
			return w.count
		}
	}
	return 0
}

// walk goes through the list from a block on.
func (l *routeList) walk(block int) routeWalk {
	w := routeWalk{list: l, i: block * routeBlock}
	if block < len(l.starts) {
		w.at = int(l.starts[block])
	}
	return w
}

// routeWalk stands before a sequence, and after next at it.
type routeWalk struct {
	list  *routeList
	i, at int // of the next one: its number, and where it is packed
	key   sequence
	count int64
}

// next goes on; it is false at the end.
func (w *routeWalk) next() bool {
	if w.i >= w.list.n {
		return false
	}
	if w.i%routeBlock == 0 {
		w.key = w.list.firsts[w.i/routeBlock]
	} else {
		w.key += sequence(w.number())
	}
	w.count = int64(w.number())
	w.i++
	return true
}

func (w *routeWalk) number() uint64 {
	b := w.list.packed
	if v := b[w.at]; v < 0x80 {
		w.at++
		return uint64(v)
	}
	v, n := binary.Uvarint(b[w.at:])
	w.at += n
	return v
}
