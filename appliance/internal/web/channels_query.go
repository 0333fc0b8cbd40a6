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
)

// channelQuery is what the address of a channel, or of all of them, says.
type channelQuery struct {
	Ref           string // name or hash byte; "" all channels
	Before, After mesh.Cursor
	At            int64  // read on from this time, Unix ms; 0: from the newest back
	Text          string // words and phrases
	Sender        string // a name as claimed
	Rows          int
	Show          string // of the list: "readable" or "locked"; "" all
}

const senderMost = 80 // bytes of a sender's name: more than a packet holds for one

func parseChannelQuery(ref string, v url.Values, zone *time.Location) (q channelQuery, err error) {
	q.Ref = ref
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
	if q.Sender = v.Get("sender"); len(q.Sender) > senderMost {
		return q, wrong("sender", "no name is longer than %d bytes", senderMost)
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

// find is the query in the index's terms.
func (q channelQuery) find() index.TextQuery {
	f := index.TextQuery{Channel: q.Ref, Sender: q.Sender, Words: index.Words(q.Text), Before: q.Before, After: q.After, Limit: q.Rows}
	if q.onward() {
		f.After = mesh.Cursor{First: q.At - 1, ID: math.MaxUint64}
	}
	return f
}

// onward tells whether the page begins at a time.
func (q channelQuery) onward() bool {
	return q.At != 0 && q.Before == (mesh.Cursor{}) && q.After == (mesh.Cursor{})
}

// newest tells whether the page is the newest of all messages: what comes in
// belongs on it.
func (q channelQuery) newest() bool {
	return q.Before == (mesh.Cursor{}) && q.After == (mesh.Cursor{}) && q.At == 0 && q.Text == "" && q.Sender == ""
}

// filtered tells whether not all messages are wanted.
func (q channelQuery) filtered() bool { return q.Text != "" || q.Sender != "" }

func (q channelQuery) before(c mesh.Cursor) channelQuery {
	q.Before, q.After, q.At = c, mesh.Cursor{}, 0
	return q
}

func (q channelQuery) after(c mesh.Cursor) channelQuery {
	q.Before, q.After, q.At = mesh.Cursor{}, c, 0
	return q
}

// without is the query less one of its filters; "" all of them.
func (q channelQuery) without(name string) channelQuery {
	q = q.before(mesh.Cursor{})
	if name == "q" || name == "" {
		q.Text = ""
	}
	if name == "sender" || name == "" {
		q.Sender = ""
	}
	return q
}

// at is the address of the query.
func (q channelQuery) at() string {
	v := url.Values{}
	for name, c := range map[string]mesh.Cursor{"before": q.Before, "after": q.After} {
		if c != (mesh.Cursor{}) {
			v.Set(name, cursorText(c))
		}
	}
	for name, s := range map[string]string{"q": q.Text, "sender": q.Sender} {
		if s != "" {
			v.Set(name, s)
		}
	}
	if q.At != 0 {
		v.Set("at", fmt.Sprint(q.At))
	}
	if q.Rows != packetsUsual {
		v.Set("n", fmt.Sprint(q.Rows))
	}
	if q.Show != "" {
		v.Set("show", q.Show)
	}
	if q.Ref == "" {
		return address("/channels", v)
	}
	return address(channelHref(q.Ref), v)
}
