package web

import (
	"net/url"
	"slices"
	"time"

	"hilltop/appliance/internal/survey"
	"hilltop/ui"
)

// surveySpan is a span of whole hours up to the latest survey's end.
type surveySpan struct {
	word string // in addresses
	span time.Duration
}

// surveySpans are those that sums by the hour are shown of; the second is the usual.
func surveySpans() []surveySpan {
	return []surveySpan{{"1h", time.Hour}, {"24h", 24 * time.Hour}, {"7d", 7 * 24 * time.Hour}}
}

func surveySpanWords() (words []string) {
	for _, s := range surveySpans() {
		words = append(words, s.word)
	}
	return words
}

// spanOfWord is the span of a word; the usual one of any other.
func spanOfWord(word string) surveySpan {
	all := surveySpans()
	if i := slices.IndexFunc(all, func(s surveySpan) bool { return s.word == word }); i >= 0 {
		return all[i]
	}
	return all[1]
}

// from is where it begins, Unix ms.
func (s surveySpan) from(b *survey.Board) int64 { return b.To - s.span.Milliseconds() }

// say is the span for people, up to when.
func (s surveySpan) say(b *survey.Board, now time.Time) string {
	return spanWord(s.word) + " up to " + moment(b.To, now).Text
}

// pick offers the spans on the page of an address, which keeps what else it says.
func (s surveySpan) pick(path string, v url.Values) *ui.Pick {
	p := &ui.Pick{Name: "Time"}
	for _, x := range surveySpans() {
		at := url.Values{}
		for name, values := range v {
			if name != "theme" {
				at[name] = values
			}
		}
		at.Set("w", x.word)
		p.Choices = append(p.Choices, ui.Choice{Label: spanWord(x.word), Href: address(path, at), On: x == s})
	}
	return p
}
