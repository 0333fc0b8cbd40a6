package web

import (
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
)

// channelQuery is what the address of a channel, or of all of them, says.
type channelQuery struct {
	filter
	Ref           string // name or hash byte; "" all channels
	Before, After mesh.Cursor
	At            int64  // read on from this time, Unix ms; 0: from the newest back
	Text          string // words and phrases
	Rows          int
	Show          string // of the list: "readable" or "locked"; "" all
}

// channelFilters are the filters that channels and their messages take.
func channelFilters() []string { return []string{"sender", "region", "obs", "time"} }

func parseChannelQuery(ref string, v url.Values, zone *time.Location) (q channelQuery, err error) {
	q.Ref = ref
	if q.filter, err = readFilter(v, zone, channelFilters()...); err != nil {
		return q, err
	}
	if q.Before, err = cursorOf(v, "before"); err != nil {
		return q, err
	}
	if q.After, err = cursorOf(v, "after"); err != nil {
		return q, err
	}
	if q.At, err = timeOf(v, "at", zone); err != nil {
		return q, err
	}
	if q.Text = strings.TrimSpace(v.Get("q")); len([]rune(q.Text)) > textMost {
		return q, wrong("q", "it is longer than %d characters", textMost)
	}
	if q.Before != (mesh.Cursor{}) && q.After != (mesh.Cursor{}) {
		return q, wrong("after", "it cannot be together with before")
	}
	if q.Show = v.Get("show"); q.Show == "all" {
		q.Show = ""
	}
	if q.Show != "" && q.Show != showReadable && q.Show != showLocked {
		return q, wrong("show", "%q is neither all nor readable nor locked", q.Show)
	}
	q.Rows, err = number(v, "n", packetsUsual, rowsMost)
	return q, err
}

// What the list of channels can be told to show.
const (
	showReadable = "readable"
	showLocked   = "locked"
)

// channelAt is the query for a channel's messages from the newest back; "" of all
// channels.
func channelAt(ref string, f filter) channelQuery {
	return channelQuery{filter: f, Ref: ref, Rows: packetsUsual}
}

// senderHref leads to what was sent in a channel under a name, by the filters that
// links carry.
func senderHref(channel, name string, carry filter) string {
	carry.Sender = name
	return channelAt(channel, carry).at()
}

// aroundHref leads to what was said in a channel around a message.
func aroundHref(m mesh.Message) string {
	q := channelAt(m.Channel, filter{})
	q.At = m.First
	return q.at() + fmt.Sprintf("#m-%d", m.Tx)
}

// cursorOf reads a place in a list, as links to older entries carry it.
func cursorOf(v url.Values, name string) (c mesh.Cursor, err error) {
	s, err := single(v, name)
	if s == "" || err != nil {
		return c, err
	}
	first, id, ok := strings.Cut(s, "-")
	if c.First, err = strconv.ParseInt(first, 10, 64); ok && err == nil {
		c.ID, err = strconv.ParseUint(id, 10, 64)
	}
	if !ok || err != nil || c == (mesh.Cursor{}) {
		return mesh.Cursor{}, wrong(name, "%q is no place in the list; take the link to older entries", s)
	}
	return c, nil
}

func cursorText(c mesh.Cursor) string { return fmt.Sprintf("%d-%d", c.First, c.ID) }

// timeOf reads a day of the viewer's zone, a time of RFC 3339, or Unix ms: after
// 1970, since an address carries what was read as Unix ms.
func timeOf(v url.Values, name string, zone *time.Location) (int64, error) {
	s, err := single(v, name)
	if s == "" || err != nil {
		return 0, err
	}
	ms := int64(0)
	if t, err := time.ParseInLocation(time.DateOnly, s, zone); err == nil {
		ms = t.UnixMilli()
	} else if t, err := time.Parse(time.RFC3339, s); err == nil {
		ms = t.UnixMilli()
	} else if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		ms = n
	}
	if ms > 0 && ms < 1<<53 {
		return ms, nil
	}
	return 0, wrong(name, "%q is no day such as 2026-05-01 and no time, or not after 1970", s)
}

// search is what to ask for, at this time.
func (q channelQuery) search(now time.Time) report.TextSearch {
	f := report.TextSearch{
		Channel: q.Ref, Sender: q.Sender, Words: index.Words(q.Text), Regions: q.Regions, Observers: q.Observers,
		Before: q.Before, After: q.After, Limit: q.Rows,
	}
	f.From, f.To = q.bounds(now)
	if q.onward() {
		f.After = mesh.Cursor{First: q.At - 1, ID: math.MaxUint64}
	}
	return f
}

// onward tells whether the page begins at a time.
func (q channelQuery) onward() bool {
	return q.At != 0 && q.Before == (mesh.Cursor{}) && q.After == (mesh.Cursor{})
}

// newest tells whether the page ends with the newest that is wanted: what comes
// in belongs on it.
func (q channelQuery) newest() bool {
	return q.Before == (mesh.Cursor{}) && q.After == (mesh.Cursor{}) && q.At == 0
}

// sought tells whether messages are looked for by what they say or by whom.
func (q channelQuery) sought() bool { return q.Text != "" || q.Sender != "" }

// filtered tells whether not all messages are wanted.
func (q channelQuery) filtered() bool { return q.Text != "" || q.filter.filtered() }

func (q channelQuery) before(c mesh.Cursor) channelQuery {
	q.Before, q.After, q.At = c, mesh.Cursor{}, 0
	return q
}

func (q channelQuery) after(c mesh.Cursor) channelQuery {
	q.Before, q.After, q.At = mesh.Cursor{}, c, 0
	return q
}

// begin is the query from the newest that is wanted.
func (q channelQuery) begin() channelQuery { return q.before(mesh.Cursor{}) }

// without is the query less one of its filters; "" all of them. Without its
// channel it is of all.
func (q channelQuery) without(name string) channelQuery {
	q = q.begin()
	if q.lift(name); name == "q" || name == "" {
		q.Text = ""
	}
	if name == "channel" {
		q.Ref = ""
	}
	return q
}

// values is the query as parameters.
func (q channelQuery) values() url.Values {
	v := url.Values{}
	q.filter.write(v)
	setOne(v, "q", q.Text)
	for name, c := range map[string]mesh.Cursor{"before": q.Before, "after": q.After} {
		if c != (mesh.Cursor{}) {
			v.Set(name, cursorText(c))
		}
	}
	if q.At != 0 {
		v.Set("at", fmt.Sprint(q.At))
	}
	if q.Rows != packetsUsual {
		v.Set("n", fmt.Sprint(q.Rows))
	}
	setOne(v, "show", q.Show)
	return v
}

// at is the address of the query.
func (q channelQuery) at() string {
	if q.Ref == "" {
		return address(channelsAt, q.values())
	}
	return address(channelHref(q.Ref), q.values())
}
