package index

import (
	"bytes"
	"sort"
	"sync/atomic"
	"unicode"
	"unicode/utf8"
)

// hourWords are the texts and names of an hour without regard to case, to look for
// words in: made when words are first looked for, and forgotten with the next text
// of the hour.
type hourWords struct {
	texts folded // in the order of the hour's texts
	names folded
	found atomic.Pointer[wordsFound]
}

// wordsFound are texts of an hour that have some words, by the words: what was looked
// for last first. It never changes.
type wordsFound []struct {
	phrase string
	said   textSet // nil: none has them
}

// phrasesKept is how many phrases are remembered of an hour.
const phrasesKept = 4

// said gives the texts that have the words of a phrase, if that is remembered. They
// must not be changed.
func (w *hourWords) said(phrase string) (said textSet, known bool) {
	if found := w.found.Load(); found != nil {
		for _, f := range *found {
			if f.phrase == phrase {
				return f.said, true
			}
		}
	}
	return nil, false
}

// remember keeps the texts that have the words of a phrase, which must not change from
// then on.
func (w *hourWords) remember(phrase string, said textSet) {
	now := make(wordsFound, 1, phrasesKept)
	now[0].phrase, now[0].said = phrase, said
	if found := w.found.Load(); found != nil {
		now = append(now, (*found)[:min(len(*found), phrasesKept-1)]...)
	}
	w.found.Store(&now)
}

// textSet has a bit for each text of an hour.
type textSet []uint64

func newTextSet(texts int) textSet { return make(textSet, (texts+63)/64) }

func (s textSet) add(i int) { s[i/64] |= 1 << (i % 64) }

func (s textSet) has(i int) bool { return s[i/64]>>(i%64)&1 != 0 }

// folded are lines in lower case, one after another, each with foldedEnd behind it.
type folded struct {
	all  []byte
	ends []uint32 // of each line, behind its foldedEnd
}

// foldedEnd stands in no text and in no name: they are cleaned.
const foldedEnd = 0

// folded gives the words of an hour. The index's lock is held, for reading at
// least.
func (h *channelHour) folded() *hourWords {
	if w := h.hourWords.Load(); w != nil {
		return w
	}
	w := &hourWords{
		texts: fold(len(h.texts), len(h.words), func(dst []byte, i int) []byte { return appendFolded(dst, h.wordsOf(&h.texts[i])) }),
		names: fold(len(h.names), 16*len(h.names), func(dst []byte, i int) []byte { return appendFolded(dst, []byte(h.names[i])) }),
	}
	h.hourWords.Store(w)
	return w
}

// wordsOf is the text of a row.
func (h *channelHour) wordsOf(r *textRow) []byte { return h.words[r.from : r.from+r.size] }

// fold makes n lines of what line appends for each, of about so many bytes.
func fold(n, size int, line func(dst []byte, i int) []byte) folded {
	f := folded{all: make([]byte, 0, size+n), ends: make([]uint32, n)}
	for i := range n {
		f.all = append(line(f.all, i), foldedEnd)
		f.ends[i] = uint32(len(f.all))
	}
	return f
}

// having calls fn for each line that has a word, which is folded and not empty.
func (f *folded) having(word []byte, fn func(line int)) {
	if bytes.IndexByte(word, foldedEnd) >= 0 {
		return
	}
	for at, line := 0, 0; ; {
		next := bytes.Index(f.all[at:], word)
		if next < 0 {
			return
		}
		rest := f.ends[line:]
		line += sort.Search(len(rest), func(i int) bool { return int(rest[i]) > at+next })
		fn(line)
		at, line = int(f.ends[line]), line+1
	}
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
