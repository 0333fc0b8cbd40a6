package web

import (
	"errors"
	"net/url"
	"reflect"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

func TestPacketsQueryTakes(t *testing.T) {
	day := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		in   string
		want packetsQuery
	}{
		{"", packetsQuery{Rows: 50}},
		{"type=&region=&hash=&w=&obs=", packetsQuery{Rows: 50}}, // what a form without a choice sends
		{"type=5,4&type=4", packetsQuery{Rows: 50, Types: []meshcore.Type{4, 5}}},
		{"type=advert,Channel+Msg,GRP_DATA", packetsQuery{Rows: 50, Types: []meshcore.Type{4, 5, 6}}},
		{"region=sea,PDX", packetsQuery{Rows: 50, Regions: []string{"SEA", "PDX"}}},
		{"hash=3F2a", packetsQuery{Rows: 50, Hash: "3f2a"}},
		{"w=24h&n=200", packetsQuery{Rows: 200, Window: "24h"}},
		{"from=2026-05-01T00:00:00Z", packetsQuery{Rows: 50, From: day}},
		{"to=2026-05-01T02:00:00%2B02:00", packetsQuery{Rows: 50, To: day}},
		{"after=1777645800000-12", packetsQuery{Rows: 50, After: mesh.Cursor{First: 1777645800000, ID: 12}}},
		{"unknown=1&type=4", packetsQuery{Rows: 50, Types: []meshcore.Type{4}}},
	} {
		v, err := url.ParseQuery(c.in)
		if err != nil {
			t.Fatal(err)
		}
		got, err := parsePacketsQuery(v)
		if err != nil {
			t.Errorf("%q: %v", c.in, err)
			continue
		}
		got.From, got.To = got.From.UTC(), got.To.UTC()
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: want %+v, have %+v", c.in, c.want, got)
		}
	}
}

func TestPacketsQueryRefuses(t *testing.T) {
	for in, parameter := range map[string]string{
		"type=16": "type", "type=-1": "type", "type=ADVERTS": "type", "type=4,x": "type",
		"region=S+A": "region", "region=%00": "region",
		"hash=xyz": "hash", "hash=00112233445566778": "hash", "hash=a,b": "hash",
		"w=2h": "w", "w=1h&from=2026-05-01T00:00:00Z": "w",
		"from=yesterday": "from", "to=2026-13-01T00:00:00Z": "to",
		"from=2026-05-02T00:00:00Z&to=2026-05-01T00:00:00Z": "to",
		"n=0": "n", "n=201": "n", "n=all": "n", "n=1e2": "n",
		"after=5": "after", "after=-": "after", "after=0-0": "after", "after=1-2-3": "after",
	} {
		v, err := url.ParseQuery(in)
		if err != nil {
			t.Fatal(err)
		}
		_, err = parsePacketsQuery(v)
		var wrong wrongParameter
		if !errors.As(err, &wrong) || wrong.name != parameter {
			t.Errorf("%q: want parameter %s refused, have %v", in, parameter, err)
		}
	}
}

// Links of a page carry its query: reading one gives the query back.
func FuzzPacketsQuery(f *testing.F) {
	for _, s := range []string{"type=4,5&region=SEA&w=1h", "hash=3f&n=7", "after=-1-2", "from=2026-05-01T00:00:00Z&obs=a%2Fb", "obs=%ff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		v, err := url.ParseQuery(in)
		if err != nil {
			return
		}
		q, err := parsePacketsQuery(v)
		if err != nil {
			return
		}
		u, err := url.Parse(q.at("/packets"))
		if err != nil {
			t.Fatalf("%q: %v", in, err)
		}
		again, err := parsePacketsQuery(u.Query())
		if err != nil || again.at("/packets") != q.at("/packets") {
			t.Errorf("%q: %s becomes %s, %v", in, q.at("/packets"), again.at("/packets"), err)
		}
	})
}
