package observer

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Longest texts that are kept, in characters.
const (
	maxName   = 64
	maxDetail = 128
	maxText   = 512
)

// clean makes a text safe to keep: control characters and those that act on
// others unseen (bidirectional, zero-width) are taken out, but not what joins
// emoji and letters, bytes that are no UTF-8
// become U+FFFD one by one, blanks around it go, and it is cut. It reports
// whether there were such bytes.
func clean(s string, limit int) (string, bool) {
	if plain(s) && len(s) <= limit {
		return trimBlanks(s), false
	}
	var b strings.Builder
	bad, n := false, 0
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD") {
			bad = true
		}
		if n == limit || hidden(r) || n == 0 && r == ' ' {
			continue
		}
		b.WriteRune(r)
		n++
	}
	return strings.TrimRight(b.String(), " "), bad
}

func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// hidden reports whether a character does not show. The joiners and the tags are
// part of what does: of emoji such as a family or the flag of Scotland, and of
// words in Persian.
func hidden(r rune) bool {
	const nonJoiner, joiner, firstTag, lastTag = 0x200C, 0x200D, 0xE0020, 0xE007F
	if r == nonJoiner || r == joiner || r >= firstTag && r <= lastTag {
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// detail cleans what a status says of hard and software. Placeholders become
// "", which does not overwrite.
func detail(s string) string {
	s, _ = clean(s, maxDetail)
	if equalFold(s, "unknown") || equalFold(s, "none") {
		return ""
	}
	return s
}
