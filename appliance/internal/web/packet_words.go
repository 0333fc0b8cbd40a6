package web

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui/part"
)

// typeWords are the words of payload types: every row has one.
var typeWords = [16]struct{ word, family, means string }{
	meshcore.TypeReq:       {"Request", "exchange", "Asks a node for something, encrypted"},
	meshcore.TypeResponse:  {"Response", "exchange", "A node's answer, encrypted"},
	meshcore.TypeTxtMsg:    {"Direct Msg", "message", "Text between two nodes, encrypted"},
	meshcore.TypeAck:       {"ACK", "control", "Confirms that a text has arrived"},
	meshcore.TypeAdvert:    {"Advert", "identity", "A node makes itself known, signed"},
	meshcore.TypeGrpTxt:    {"Channel Msg", "message", "Text to everybody who has the channel's key"},
	meshcore.TypeGrpData:   {"Group Data", "message", "Data of an application to everybody who has the channel's key"},
	meshcore.TypeAnonReq:   {"Anon Req", "exchange", "Asks a node that does not know the sender yet, such as a login"},
	meshcore.TypePath:      {"Path", "control", "Tells a sender which way its packet came, encrypted"},
	meshcore.TypeTrace:     {"Trace", "trace", "Collects how well each hop of a planned route is heard"},
	meshcore.TypeMultipart: {"Multipart", "control", "One of several packets that belong together"},
	meshcore.TypeControl:   {"Control", "control", "Looks for neighbours, or answers"},
	meshcore.TypeRawCustom: {"Raw Custom", "control", "Bytes of an application"},
}

// packetType words a payload type: exact by its name, its family by a sign.
func packetType(t meshcore.Type) part.Type {
	w := typeWords[t&15]
	if w.word == "" {
		w.word, w.family, w.means = fmt.Sprintf("Type %d", t&15), "control", "A number that no firmware uses yet"
	}
	return part.Type{Word: w.word, Family: w.family, Means: w.means}
}

// legendOrder is the order in which types are offered.
func legendOrder() []meshcore.Type {
	return []meshcore.Type{
		meshcore.TypeAdvert, meshcore.TypeGrpTxt, meshcore.TypeTxtMsg, meshcore.TypeReq, meshcore.TypeResponse,
		meshcore.TypeTrace, meshcore.TypePath, meshcore.TypeAnonReq, meshcore.TypeGrpData, meshcore.TypeMultipart,
		meshcore.TypeControl, meshcore.TypeRawCustom, meshcore.TypeAck,
	}
}

func routeWord(r meshcore.Route) string {
	if r.IsFlood() {
		return "flood"
	}
	return "direct"
}

func scopeWord(s report.Scope) string {
	switch {
	case !s.Has:
		return ""
	case s.Name != "":
		return s.Name
	case s.Codes == [2]uint16{}:
		return "nowhere"
	}
	return "unknown scope"
}

// dash stands in tables for a value that is not known.
const dash = "—"

// minus writes a number with the true minus sign.
func minus(s string) string { return strings.Replace(s, "-", "−", 1) }

// snrText is a ratio given in quarter dB, with its sign.
func snrText(q int8) string {
	if q == mesh.NoSNR {
		return dash
	}
	return snrTexts[uint8(q)]
}

// snrTexts are the words for ratios by their bits: a page has hundreds.
var snrTexts = func() (all [256]string) {
	for i := range all {
		all[i] = minus(fmt.Sprintf("%+.1f", float64(int8(i))/4)) + " dB"
	}
	return all
}()

// traceText keeps the quarters that a TRACE measures.
func traceText(q int8) string { return minus(fmt.Sprintf("%+.2f", float64(q)/4)) + " dB" }

func rssiText(dbm int16) string {
	if dbm == mesh.NoRSSI {
		return dash
	}
	return minus(strconv.Itoa(int(dbm))) + " dBm"
}

// snrMargin is how far an SNR lies above what the spreading factor needs, in
// dB, and the number of bars that stand for it.
func snrMargin(q int8, sf uint8) (margin float64, bars int, ok bool) {
	if q == mesh.NoSNR || sf < 7 || sf > 12 {
		return 0, 0, false
	}
	margin = float64(q)/4 + 7.5 + 2.5*float64(sf-7)
	switch {
	case margin >= 10:
		bars = 4
	case margin >= 5:
		bars = 3
	case margin >= 0:
		bars = 2
	default:
		bars = 1
	}
	return margin, bars, true
}

// countText groups digits by threes.
func countText(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plural is "1 copy", "2 copies".
func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return countText(n) + " " + many
}

// spanText is a length of time in at most two units, down to tenths of a second.
func spanText(d time.Duration) string {
	if d <= -50*time.Millisecond {
		return "−" + spanText(-d)
	}
	if d < 0 {
		return spanText(-d)
	}
	switch {
	case d > 0 && d < 50*time.Millisecond:
		return "< 0.1 s"
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d m %d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h %d m", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d d", int(d.Hours())/24)
}

// shortSpan is the largest unit only: "5 h".
func shortSpan(d time.Duration) string {
	s := spanText(d)
	if d < time.Minute {
		return s
	}
	if parts := strings.SplitN(s, " ", 3); len(parts) == 3 {
		return parts[0] + " " + parts[1]
	}
	return s
}

// momentText shows the time alone on the same day, with its date otherwise.
func moment(ms int64, now time.Time) part.Moment {
	t := time.UnixMilli(ms).In(now.Location())
	m := part.Moment{ISO: apiTime(ms), Full: t.Format("2006-01-02 15:04:05.000 MST")}
	day, second, _ := strings.Cut(m.Full, " ")
	second = second[:len("15:04:05")]
	m.Text = m.Full[:len(day)+1+len(second)]
	if y, mo, d := now.Date(); t.Day() == d && t.Month() == mo && t.Year() == y {
		m.Text = second
	}
	m.Ago = ago(now.Sub(t))
	return m
}

// ago words an age as the script of the pages does; "" of what is yet to come,
// which stays a time of day.
func ago(d time.Duration) string {
	s := int64(d.Seconds())
	switch {
	case d < -5*time.Second:
		return ""
	case s < 5:
		return "now"
	case s < 60:
		return strconv.FormatInt(s, 10) + " s ago"
	case s < 3600:
		return strconv.FormatInt(s/60, 10) + " min ago"
	case s < 86400:
		return strconv.FormatInt(s/3600, 10) + " h ago"
	}
	return strconv.FormatInt(s/86400, 10) + " d ago"
}

// clean makes a stranger's text fit for a page: UTF-8, without control
// characters and without the signs that turn the direction of text around, at
// most limit characters.
func clean(s string, limit int) string {
	if len(s) <= limit && plain(s) {
		return s
	}
	var b strings.Builder
	n := 0
	for _, r := range meshcore.ValidText(s) {
		if n == limit {
			return strings.TrimRight(b.String(), " ") + "…"
		}
		switch {
		case r == '\n' || r == '\t' || r == '\r' || r == '\u2028' || r == '\u2029':
			r = ' '
		case unicode.IsControl(r) || turnsText(r):
			continue
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// plain tells whether a text is of printable ASCII alone, as most are.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// turnsText tells of the signs that override or embed a direction of text.
func turnsText(r rune) bool {
	return r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069' || r == '\u200E' || r == '\u200F' || r == '\u061C'
}

const nameLimit = 40 // characters of a name in a list

// orKey is a name, or the beginning of what stands in for one.
func orKey(name, id string) part.Named {
	if s := strings.TrimSpace(clean(name, nameLimit)); s != "" {
		return part.Named{Text: s, Hint: id}
	}
	if utf8.RuneCountInString(id) > 16 {
		return part.Named{Text: id[:8] + "…", Code: true, Hint: id}
	}
	if id == "" {
		return part.Named{Text: "unknown observer"}
	}
	return part.Named{Text: clean(id, nameLimit), Code: true, Hint: id}
}
