package web

import (
	"fmt"
	"hash/fnv"
	"net/url"
	"strings"
	"time"
	"unicode"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/ui"
	"hilltop/ui/part"
)

// sentApart is how far the sender's clock may be off before a message says so.
const sentApart = 5 * time.Minute

// wording is how messages of a page are written.
type wording struct {
	now     time.Time
	words   []string // searched for: they are marked
	channel bool     // the channel is said, as the page is of several
	around  bool     // offer what was said before and after
	carry   filter   // what links to other messages take along
}

func (o wording) lines(list []report.HeardText) []ui.ChannelMessage {
	out := make([]ui.ChannelMessage, len(list))
	for i, m := range list {
		out[i] = o.line(m)
	}
	return out
}

// line words one message.
func (o wording) line(m report.HeardText) ui.ChannelMessage {
	at := time.UnixMilli(m.First).In(o.now.Location())
	line := ui.ChannelMessage{
		ID: fmt.Sprintf("m-%d", m.Tx), At: fmt.Sprint(m.First), Day: at.Format(time.DateOnly), DaySay: at.Format("Monday, 2 January 2006"),
		Sender: strings.TrimSpace(clean(m.Sender, nameLimit)), Text: textRuns(messageText(m.Text), m.Channel, o.words),
		Letter: letterOf(m.Sender), Hue: hueOf(m.Sender),
		When: moment(m.First, o.now), Sent: sentText(m.Message), Copies: plural(int64(m.Copies), "copy", "copies"), Heard: heardTexts(m), Href: packetHref(m.Hash),
	}
	if m.Sender != "" {
		line.SenderHref = senderHref(m.Channel, m.Sender, o.carry)
	}
	if full := clean(m.Sender, 200); full != line.Sender {
		line.FullName = full
	}
	if o.channel {
		line.Channel = part.Named{Text: clean(m.Channel, nameLimit), Href: channelAt(m.Channel, o.carry).at()}
	}
	if o.around {
		line.Around = aroundHref(m.Message)
	}
	return line
}

// aheadText warns of a time, in Unix s by the sender's clock, that is later than
// the packet was heard, in Unix ms: it cannot be; "" of any other.
func aheadText(sent uint32, heard int64) string {
	off := time.Duration(int64(sent)*1000-heard) * time.Millisecond
	if off <= sentApart {
		return ""
	}
	return "clock " + shortSpan(off) + " ahead"
}

// sentText says what is wrong with the time that the sender has written.
func sentText(m mesh.Message) string {
	off := time.Duration(int64(m.Sent)*1000-m.First) * time.Millisecond
	switch {
	case int64(m.Sent)*1000 < 946_684_800_000: // the year 2000
		return "sender's clock is not set"
	case off > sentApart:
		return "sender's " + aheadText(m.Sent, m.First)
	case off < -sentApart:
		return "sender's clock " + shortSpan(-off) + " behind"
	}
	return ""
}

// heardTexts says how a message was heard, as far as it is known.
func heardTexts(m report.HeardText) (out []string) {
	if m.Observers == 0 {
		return nil
	}
	switch {
	case !m.Flooded:
	case m.HopsLeast == m.HopsMost:
		out = append(out, plural(int64(m.HopsMost), "hop", "hops"))
	default:
		out = append(out, fmt.Sprintf("%d–%d hops", m.HopsLeast, m.HopsMost))
	}
	out = append(out, plural(int64(m.Observers), "observer", "observers"))
	if m.SNR4 != mesh.NoSNR {
		out = append(out, snrText(m.SNR4))
	}
	return out
}

const hues = 8 // classes of signs, who-1 and on

// hueOf gives a name its colour.
func hueOf(name string) string {
	h := fnv.New32a()
	h.Write([]byte(name))
	return fmt.Sprintf("who-%d", h.Sum32()%hues+1)
}

// letterOf is the first letter or digit of a name, in upper case.
func letterOf(name string) string {
	for _, r := range clean(name, 200) {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return string(unicode.ToUpper(r))
		}
	}
	return "·"
}

const (
	linesShown = 12  // lines of a message; what follows is joined
	lineMost   = 400 // characters of one: more than a packet holds
)

// messageText keeps the lines of a text and nothing else that strangers could
// do with it.
func messageText(text string) string {
	lines := strings.SplitN(strings.ReplaceAll(text, "\r\n", "\n"), "\n", linesShown)
	for i := range lines {
		lines[i] = clean(lines[i], lineMost)
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// textRuns takes a text apart: "@[name]", by which apps speak to somebody, a
// hashtag, which leads to the channel of that name, and the words searched for.
func textRuns(text, channel string, words []string) (out []ui.Run) {
	plain := func(s string) {
		if s != "" {
			out = append(out, markWords(s, words)...)
		}
	}
	from := 0
	for i := 0; i < len(text); {
		switch {
		case strings.HasPrefix(text[i:], "@["):
			n := strings.IndexAny(text[i+2:], "]\n")
			if n < 1 || text[i+2+n] != ']' {
				i += 2
				continue
			}
			name := text[i+2 : i+2+n]
			plain(text[from:i])
			out = append(out, ui.Run{Kind: ui.Mention, Text: "@" + name, Href: senderHref(channel, name, filter{})})
			i += n + 3
			from = i
		case text[i] == '#' && (i == 0 || isBreak(text[i-1])):
			n := tagLength(text[i+1:])
			if n == 0 {
				i++
				continue
			}
			plain(text[from:i])
			tag := text[i : i+1+n]
			out = append(out, ui.Run{Kind: ui.Hashtag, Text: tag, Href: "/channels?" + url.Values{"q": {tag}}.Encode()})
			i += n + 1
			from = i
		default:
			i++
		}
	}
	plain(text[from:])
	return out
}

func isBreak(b byte) bool { return b == ' ' || b == '\n' || b == '(' || b == ',' }

// tagLength is how many bytes after a # belong to a hashtag: small letters,
// digits and dashes, as apps take them, and at least one letter.
func tagLength(s string) (n int) {
	letter := false
	for n < len(s) && (s[n] >= 'a' && s[n] <= 'z' || s[n] >= 'A' && s[n] <= 'Z' || s[n] >= '0' && s[n] <= '9' || s[n] == '-') {
		letter = letter || s[n] > '9'
		n++
	}
	if !letter {
		return 0
	}
	return n
}

// markWords puts what was searched for into pieces of their own. The case of
// letters that change their length with it is not found.
func markWords(text string, words []string) (out []ui.Run) {
	low := strings.Map(unicode.ToLower, text)
	if len(words) == 0 || len(low) != len(text) {
		return []ui.Run{{Text: text}}
	}
	for text != "" {
		at, size := -1, 0
		for _, w := range words {
			w = strings.Map(unicode.ToLower, w)
			if i := strings.Index(low, w); w != "" && i >= 0 && (at < 0 || i < at || i == at && len(w) > size) {
				at, size = i, len(w)
			}
		}
		if at < 0 {
			return append(out, ui.Run{Text: text})
		}
		if at > 0 {
			out = append(out, ui.Run{Text: text[:at]})
		}
		out = append(out, ui.Run{Kind: ui.Sought, Text: text[at : at+size]})
		text, low = text[at+size:], low[at+size:]
	}
	return out
}
