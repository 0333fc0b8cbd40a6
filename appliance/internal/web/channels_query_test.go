package web

import (
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
)

// Whatever an address says is refused or means the same when it is written
// again.
func FuzzChannelAddress(f *testing.F) {
	for _, s := range []string{"", "q=rain&sender=Ann", "at=2026-05-01&n=20", "before=17-3", "after=17-3&q=%22a+b%22", "show=locked", "before=1-1&after=1-1", "at=x", "at=0026-05-01&", "at=1970-01-01", "at=1969-12-31T23:59:59Z", "at=1777550650000&before=5-5",
		"region=SEA,PDX&w=24h&obs=a%2Fb", "from=2026-05-01&to=2026-05-02T10:00&sender=+x", "type=4&sender=a&sender=b"} {
		f.Add("Public", s)
	}
	f.Fuzz(func(t *testing.T, ref, query string) {
		v, err := url.ParseQuery(query)
		if err != nil || ref == "" {
			return
		}
		q, err := parseChannelQuery(ref, v, time.UTC)
		if err != nil {
			return
		}
		u, err := url.Parse(q.at())
		if err != nil {
			t.Fatalf("%q: %v", q.at(), err)
		}
		again, err := parseChannelQuery(ref, u.Query(), time.UTC)
		now := time.UnixMilli(1_777_550_650_000)
		if err != nil || !reflect.DeepEqual(again.search(now), q.search(now)) || again.at() != q.at() {
			t.Errorf("%q: %+v, written as %q: %+v, %v", query, q, q.at(), again, err)
		}
	})
}

// Cookies of what was read and starred are bounded whatever they say, and what
// is taken from them is written so that it is read again.
func FuzzChannelCookies(f *testing.F) {
	f.Add("11111111-1.22222222-zz", "I2Zlcnk", "2")
	f.Add("..--", "=.=", "-1")
	f.Fuzz(func(t *testing.T, read, names, own string) {
		if strings.ContainsAny(read+names+own, "\"; \\,") {
			return
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", seenCookie+"="+read+"; "+channelStarsCookie+"="+names+"; "+ownCookie+"="+own)
		s, p := seenOf(r), prefsOf(r)
		if n := ownChannels(r); n < 0 || n > ownMost || len(s.order) > seenMost || len(p.Channels) > namesMost {
			t.Fatalf("%d own, %d read, %d starred", n, len(s.order), len(p.Channels))
		}
		r = httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", seenCookie+"="+s.cookie()+"; "+channelStarsCookie+"="+namesText(p.Channels))
		if again := seenOf(r); !reflect.DeepEqual(again, s) || !reflect.DeepEqual(prefsOf(r).Channels, p.Channels) {
			t.Errorf("%q, %q: %+v, read again %+v", read, names, s, again)
		}
	})
}
