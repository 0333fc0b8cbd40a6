package index

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"hilltop/appliance/internal/mesh"
)

// TextQuery says which channel texts are wanted. Its zero value wants all, but
// a Limit of 0 gives no rows.
type TextQuery struct {
	Channel string   // name; "" all
	Sender  string   // a name as claimed; "" all
	Words   []string // each must stand in the text or the sender's name, in any case
	Received

	// Before wants what is older than a place, After what is newer: the
	// nearest to it. At most one of them is set.
	Before, After mesh.Cursor
	Limit         int
}

// TextsFound is a part of the texts that a query wants.
type TextsFound struct {
	Rows  []mesh.Message // newest first
	Newer int            // wanted texts that are newer than all of Rows
	Total int            // all wanted ones
}

// textPlace is where a text is found.
type textPlace struct {
	hour  uint32
	first int64
	tx    uint64
}

func (p textPlace) compare(first int64, tx uint64) int {
	return cmp.Or(cmp.Compare(p.first, first), cmp.Compare(p.tx, tx))
}

// Find gives texts, and counts all that are wanted.
func (x *Channels) Find(q TextQuery) TextsFound {
	f := newFinding(q)
	x.eachHour(func(hour uint32, h *channelHour) bool {
		if q.mayHold(hour) {
			f.hour(hour, h)
		}
		return true
	})
	f.cut()
	if q.After == (mesh.Cursor{}) {
		f.out.Newer = f.beyond
	} else {
		f.out.Newer = f.beyond - len(f.places)
	}
	f.out.Rows = x.messages(f.places)
	return f.out
}

// eachHour calls fn for the hours, newest first, until it is false, and locks the
// index for one at a time.
func (x *Channels) eachHour(fn func(hour uint32, h *channelHour) bool) { byHour(&x.mu, x.hours, fn) }

// messages gives the texts at some places, as far as they are still there.
func (x *Channels) messages(places []textPlace) (list []mesh.Message) {
	for _, p := range places {
		inHours(&x.mu, x.hours, []uint32{p.hour}, func(hour uint32, h *channelHour) bool {
			if m, ok := h.find(hour, p.tx); ok {
				list = append(list, m)
			}
			return true
		})
	}
	return list
}

// find gives the text of a transmission.
func (h *channelHour) find(hour uint32, tx uint64) (mesh.Message, bool) {
	i, found := slices.BinarySearchFunc(h.texts, tx, byTextTx)
	if !found {
		return mesh.Message{}, false
	}
	return h.message(hour, &h.texts[i]), true
}

// finding is a query at work.
type finding struct {
	q      TextQuery
	words  [][]byte    // folded, none of them empty
	places []textPlace // candidates for the rows
	beyond int         // wanted texts that are newer than the cursor
	full   bool        // there are as many candidates as rows: none beyond the farthest can become one
	out    TextsFound

	channel, sender int // places in the names of the hour entered; -1: any

	phrase string  // the words, to remember where they were found; "" none
	said   textSet // of the texts of the hour entered, those that have all words
	by     []bool  // scratch: of each name, whether it has a word
}

func newFinding(q TextQuery) finding {
	f := finding{q: q}
	for _, word := range q.Words {
		if w := appendFolded(nil, []byte(word)); len(w) > 0 {
			f.words = append(f.words, w)
			f.phrase += string(w) + "\x00"
		}
	}
	return f
}

// enter makes ready to look through an hour; false if it has nothing.
func (f *finding) enter(h *channelHour) bool {
	f.channel, f.sender = -1, -1
	if f.q.Channel != "" {
		if f.channel = slices.Index(h.names, f.q.Channel); f.channel < 0 {
			return false
		}
	}
	if f.q.Sender != "" {
		if f.sender = slices.Index(h.names, f.q.Sender); f.sender < 0 {
			return false
		}
	}
	return true
}

// wants tells whether a text of the hour entered, which stands at a time, is
// wanted, whatever it says.
func (f *finding) wants(h *channelHour, r *textRow, at int64) bool {
	return (f.channel < 0 || r.channel == uint32(f.channel)) && (f.sender < 0 || r.sender == uint32(f.sender)) && f.q.has(at, r.where, h.far, r.tx)
}

// hour looks through one hour.
func (f *finding) hour(hour uint32, h *channelHour) {
	if !f.enter(h) || len(f.words) > 0 && !f.says(h) || f.passed(hour, h) {
		return
	}
	for i := len(h.texts) - 1; i >= 0; i-- {
		if len(f.words) > 0 && !f.said.has(i) {
			continue
		}
		if at := mesh.HourStart(hour) + int64(h.texts[i].first); f.wants(h, &h.texts[i], at) {
			f.take(textPlace{hour, at, h.texts[i].tx})
		}
	}
	if !f.full && len(f.places) >= f.q.Limit {
		f.cut()
	}
}

// passed counts the wanted texts of an hour of which none can be among the rows,
// from its sums; false where they are to be looked at.
func (f *finding) passed(hour uint32, h *channelHour) bool {
	if len(f.words) > 0 || f.sender >= 0 && !f.q.takesAll(hour) {
		return false
	}
	from, to := mesh.HourStart(hour)-lateFirst, mesh.HourStart(hour)+mesh.HourMS // where all of them stand
	before, after := f.q.Before, f.q.After
	beyond := before != (mesh.Cursor{}) && from > before.First
	switch {
	case beyond, after != (mesh.Cursor{}) && to <= after.First:
	case after == (mesh.Cursor{}) && f.full && (f.q.Limit <= 0 || to <= f.places[f.q.Limit-1].first):
	default:
		return false
	}
	sums, ok := h.summedIn(hour, &f.q.Received)
	if !ok {
		return false
	}
	n := 0
	if f.sender < 0 {
		for _, s := range sums.channels {
			if f.channel < 0 || int(s.channel) == f.channel {
				n += int(s.messages)
			}
		}
	} else {
		for _, s := range sums.senders {
			if (f.channel < 0 || int(s.channel) == f.channel) && int(s.sender) == f.sender {
				n += int(s.messages)
			}
		}
	}
	f.out.Total += n
	if beyond {
		f.beyond += n
	}
	return true
}

// says finds the texts of an hour that have all words, in themselves or in their
// senders' names; false if none has.
func (f *finding) says(h *channelHour) bool {
	w := h.folded()
	said, known := w.said(f.phrase)
	if !known {
		said = f.look(h, w)
		w.remember(f.phrase, said)
	}
	f.said = said
	return said != nil
}

// look is says, in words that are folded: nil if no text has all of them.
func (f *finding) look(h *channelHour, w *hourWords) (said textSet) {
	for n, word := range f.words {
		one := newTextSet(len(h.texts))
		some := false
		w.texts.having(word, func(i int) { one.add(i); some = true })
		f.by = cleared(f.by, len(h.names))
		named := false
		w.names.having(word, func(i int) { f.by[i], named = true, true })
		for i := 0; named && i < len(h.texts); i++ {
			if f.by[h.texts[i].sender] {
				one.add(i)
				some = true
			}
		}
		if !some {
			return nil
		}
		if n == 0 {
			said = one
			continue
		}
		for i := range said {
			said[i] &= one[i]
		}
	}
	return said
}

// cleared is a list of n that are false, in place of another.
func cleared(list []bool, n int) []bool {
	list = slices.Grow(list[:0], n)[:n]
	clear(list)
	return list
}

// Wants tells whether a query wants the text of a transmission; its cursors and
// its limit do not matter.
func (x *Channels) Wants(q TextQuery, tx uint64) bool {
	f := newFinding(q)
	x.mu.RLock()
	defer x.mu.RUnlock()
	for _, hour := range newestFirst(x.hours) {
		h := x.hours[hour]
		if i, found := slices.BinarySearchFunc(h.texts, tx, byTextTx); found {
			r := &h.texts[i]
			return f.enter(h) && f.wants(h, r, mesh.HourStart(hour)+int64(r.first)) && f.saysOne(h, r)
		}
	}
	return false
}

// saysOne is says for one text.
func (f *finding) saysOne(h *channelHour, r *textRow) bool {
	text, name := appendFolded(nil, h.wordsOf(r)), appendFolded(nil, []byte(h.names[r.sender]))
	for _, word := range f.words {
		if !bytes.Contains(text, word) && !bytes.Contains(name, word) {
			return false
		}
	}
	return true
}

// take counts a wanted text and keeps it if it may be among the rows.
func (f *finding) take(p textPlace) {
	f.out.Total++
	switch before, after := f.q.Before, f.q.After; {
	case before != (mesh.Cursor{}) && p.compare(before.First, before.ID) >= 0:
		f.beyond++
		return
	case after != (mesh.Cursor{}):
		if p.compare(after.First, after.ID) <= 0 {
			return
		}
		f.beyond++
	}
	if f.full && f.farther(p) {
		return
	}
	if f.places = append(f.places, p); len(f.places)/4 > f.q.Limit+16 {
		f.cut()
	}
}

// farther tells whether a text is farther from the cursor than all that the last
// cut kept.
func (f *finding) farther(p textPlace) bool {
	n := f.q.Limit
	switch {
	case n <= 0:
		return true
	case f.q.After != (mesh.Cursor{}):
		return p.compare(f.places[0].first, f.places[0].tx) > 0
	}
	return p.compare(f.places[n-1].first, f.places[n-1].tx) < 0
}

// cut keeps the candidates that are nearest to the cursor, newest first.
func (f *finding) cut() {
	slices.SortFunc(f.places, func(a, b textPlace) int { return b.compare(a.first, a.tx) })
	if n := max(f.q.Limit, 0); len(f.places) > n {
		if f.q.After != (mesh.Cursor{}) {
			f.places = append(f.places[:0], f.places[len(f.places)-n:]...)
		} else {
			f.places = f.places[:n]
		}
		f.full = true
	}
}

// Words takes what somebody typed apart: words, and phrases between quotation
// marks.
func Words(text string) (words []string) {
	for i, part := range strings.Split(text, `"`) {
		if i%2 == 1 {
			if part = strings.TrimSpace(part); part != "" {
				words = append(words, part)
			}
			continue
		}
		words = append(words, strings.Fields(part)...)
	}
	return words
}
