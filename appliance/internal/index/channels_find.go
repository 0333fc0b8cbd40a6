package index

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

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
	q       TextQuery
	words   []sought
	places  []textPlace       // candidates for the rows
	beyond  int               // wanted texts that are newer than the cursor
	full    bool              // there are as many candidates as rows: none beyond the farthest can become one
	folded  []byte            // scratch
	said    map[string][]bool // by name that is not ASCII: which of the words it has
	letters []byte            // scratch: of a name
	out     TextsFound

	channel, sender int      // places in the names of the hour entered; -1: any
	names           []inName // of each of these, whether it has each word
}

// inName tells whether a name has a word.
type inName uint8

const (
	inNameOpen inName = iota // not looked at so far
	inNameNot
	inNameHas
)

func newFinding(q TextQuery) finding {
	f := finding{q: q}
	for _, word := range q.Words {
		if w := appendFolded(nil, []byte(word)); len(w) > 0 {
			f.words = append(f.words, soughtOf(w))
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
	need := len(h.names) * len(f.words)
	f.names = slices.Grow(f.names[:0], need)[:need]
	clear(f.names)
	return true
}

// wants tells whether a text of the hour entered, which stands at a time, is
// wanted.
func (f *finding) wants(h *channelHour, r *textRow, at int64) bool {
	return (f.channel < 0 || r.channel == uint32(f.channel)) && (f.sender < 0 || r.sender == uint32(f.sender)) &&
		f.q.has(at, r.where, h.far, r.tx) && f.says(h, r)
}

// hour looks through one hour.
func (f *finding) hour(hour uint32, h *channelHour) {
	if !f.enter(h) {
		return
	}
	for i := len(h.texts) - 1; i >= 0; i-- {
		if at := mesh.HourStart(hour) + int64(h.texts[i].first); f.wants(h, &h.texts[i], at) {
			f.take(textPlace{hour, at, h.texts[i].tx})
		}
	}
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
			return f.enter(h) && f.wants(h, &h.texts[i], mesh.HourStart(hour)+int64(h.texts[i].first))
		}
	}
	return false
}

// says tells whether all words stand in a text or its sender's name.
func (f *finding) says(h *channelHour, r *textRow) bool {
	if len(f.words) == 0 {
		return true
	}
	text := h.words[r.from : r.from+r.size]
	plain := isASCII(text)
	f.folded = f.folded[:0]
	for i := range f.words {
		if w := &f.words[i]; plain && w.plain {
			if w.in(text) || f.name(h, r.sender, i) {
				continue
			}
			return false
		}
		if len(f.folded) == 0 {
			f.folded = appendFolded(f.folded, text)
		}
		if !bytes.Contains(f.folded, f.words[i].word) && !f.name(h, r.sender, i) {
			return false
		}
	}
	return true
}

// name tells whether a name of the hour has word i. Most names are ASCII and short:
// to look through one takes less than to find it among those known.
func (f *finding) name(h *channelHour, n uint32, i int) bool {
	known := &f.names[int(n)*len(f.words)+i]
	if *known == inNameOpen {
		*known = inNameNot
		if f.looked(h.names[n], i) {
			*known = inNameHas
		}
	}
	return *known == inNameHas
}

// looked looks for word i in a name.
func (f *finding) looked(name string, i int) bool {
	w := &f.words[i]
	if f.letters = append(f.letters[:0], name...); isASCII(f.letters) {
		return w.plain && w.in(f.letters)
	}
	has, known := f.said[name]
	if !known {
		folded := appendFolded(nil, f.letters)
		for _, w := range f.words {
			has = append(has, bytes.Contains(folded, w.word))
		}
		if f.said == nil {
			f.said = map[string][]bool{}
		}
		f.said[name] = has
	}
	return has[i]
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

// appendFolded appends a text without regard to case: characters in lower case,
// one for one.
func appendFolded(dst, text []byte) []byte {
	from := len(dst)
	dst = append(dst, text...)
	for i, c := range dst[from:] {
		switch {
		case 'A' <= c && c <= 'Z':
			dst[from+i] = c + 'a' - 'A'
		case c >= utf8.RuneSelf:
			return appendLower(dst[:from+i], text[i:])
		}
	}
	return dst
}

func appendLower(dst, text []byte) []byte {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		dst, text = utf8.AppendRune(dst, unicode.ToLower(r)), text[n:]
	}
	return dst
}

// sought is a word, folded.
type sought struct {
	word         []byte
	plain        bool // it is ASCII, as what follows needs
	at           int  // where the byte of it is that stands in fewest texts
	lower, upper byte // that byte
}

// often are the characters of texts, roughly the most frequent first; others are
// rarer.
const often = " etaoinsrhldcumfgpywbvk01235"

func soughtOf(word []byte) sought {
	s := sought{word: word, plain: isASCII(word)}
	rarity := func(c byte) int {
		if i := strings.IndexByte(often, c); i >= 0 {
			return i
		}
		return len(often)
	}
	for i, c := range word {
		if rarity(c) > rarity(word[s.at]) {
			s.at = i
		}
	}
	s.lower = word[s.at]
	if s.upper = s.lower; 'a' <= s.lower && s.lower <= 'z' {
		s.upper = s.lower - 'a' + 'A'
	}
	return s
}

// in tells whether the word stands in an ASCII text, in any case.
func (s *sought) in(text []byte) bool {
	end := len(text) - (len(s.word) - 1 - s.at) // of where its rare byte can be
	for at := s.at; at < end; at++ {
		next := bytes.IndexByte(text[at:end], s.lower)
		if s.upper != s.lower {
			before := text[at:end]
			if next >= 0 {
				before = before[:next]
			}
			if upper := bytes.IndexByte(before, s.upper); upper >= 0 {
				next = upper
			}
		}
		if next < 0 {
			return false
		}
		if at += next; s.is(text[at-s.at:]) {
			return true
		}
	}
	return false
}

// is tells whether a text begins with the word.
func (s *sought) is(text []byte) bool {
	for i, c := range s.word {
		if t := text[i]; t != c && (t < 'A' || t > 'Z' || t+'a'-'A' != c) {
			return false
		}
	}
	return true
}

func isASCII(text []byte) bool {
	for ; len(text) >= 8; text = text[8:] {
		if binary.LittleEndian.Uint64(text)&0x8080_8080_8080_8080 != 0 {
			return false
		}
	}
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
