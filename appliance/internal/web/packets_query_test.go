package web

import (
	"errors"
	"net/url"
	"reflect"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
)

func TestPacketsQueryTakes(t *testing.T) {
	day := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		in   string
		want packetsQuery
	}{
		{"", packetsQuery{}},
		{"type=&region=&hash=&w=&obs=&node=&channel=&from=&to=", packetsQuery{}}, // what a form without a choice sends
		{"type=5,4&type=4", packetsQuery{filter: filter{Types: []meshcore.Type{4, 5}}}},
		{"type=advert,Channel+Msg,GRP_DATA", packetsQuery{filter: filter{Types: []meshcore.Type{4, 5, 6}}}},
		{"route=flood,2", packetsQuery{filter: filter{Routes: []meshcore.Route{0, 1, 2}}}},
		{"region=sea,PDX,SEA", packetsQuery{filter: filter{Regions: []string{"SEA", "PDX"}}}},
		{"hash=3F2a", packetsQuery{filter: filter{Hash: "3f2a"}}},
		{"node=Smith,+J.", packetsQuery{filter: filter{Node: "Smith, J."}}},
		{"via=A3B4C5D6", packetsQuery{filter: filter{Node: "a3b4c5d6", Part: report.PartRelay}}},
		{"channel=%23a,b", packetsQuery{filter: filter{Channel: "#a,b"}}},
		{"w=24h&n=100", packetsQuery{filter: filter{Window: "24h"}, Rows: 100}},
		{"w=1h&from=2026-05-01T00:00:00Z", packetsQuery{filter: filter{Window: "1h", From: day}}},
		{"from=2026-05-01T00:00", packetsQuery{filter: filter{From: day}}}, // of a form's field
		{"to=2026-05-01T02:00:00%2B02:00", packetsQuery{filter: filter{To: day}}},
		{"after=1777645800000-12", packetsQuery{After: mesh.Cursor{First: 1777645800000, ID: 12}}},
		{"sort=copies&page=3&hops=hex", packetsQuery{Order: report.PacketOrder{By: report.ByCopies}, Page: 3, Hex: true}},
		{"sort=snr:asc&hb=2,1,2&snr_from=-7.25&snr_to=3", packetsQuery{Order: report.PacketOrder{By: report.BySNR, Ascending: true}, filter: filter{Widths: []int{1, 2}, SNR: snrSpan{snrEnd{-29, true}, snrEnd{12, true}}}}},
		{"snr_from=0&snr_to=&hb=", packetsQuery{filter: filter{SNR: snrSpan{From: snrEnd{0, true}}}}},
		{"view=receptions&receptions=long&after=5-6&skip=7", packetsQuery{Each: true, Receptions: report.LongestPath, After: mesh.Cursor{First: 5, ID: 6}, Skip: 7}},
		{"unknown=1&role=repeater&type=4", packetsQuery{filter: filter{Types: []meshcore.Type{4}, NotApplied: []string{"role"}}}},
	} {
		v, err := url.ParseQuery(c.in)
		if err != nil {
			t.Fatal(err)
		}
		got, err := parsePacketsQuery(v, time.UTC)
		if err != nil {
			t.Errorf("%q: %v", c.in, err)
			continue
		}
		got.From, got.To = got.From.UTC(), got.To.UTC()
		c.want.Rows, c.want.Page = max(c.want.Rows, packetsUsual), max(c.want.Page, 1)
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
		"w=5h": "w", "route=4": "route", "route=up": "route", "node=a&via=b": "via", "channel=enc_x": "channel", "sort=age": "sort", "sort=size:up": "sort", "sort=type&after=1-2": "after", "hb=0": "hb", "hb=4": "hb", "hb=x": "hb", "snr_from=loud": "snr_from", "snr_to=3.1": "snr_to", "snr_from=-32": "snr_from", "snr_to=NaN": "snr_to", "snr_from=5&snr_to=4.75": "snr_to", "view=all": "view",
		"sort=copies&after=1-2": "after", "page=2": "page", "sort=copies&view=receptions": "sort", "skip=1": "skip", "receptions=x": "receptions",
		"from=yesterday": "from", "to=2026-13-01T00:00:00Z": "to",
		"from=2026-05-02T00:00:00Z&to=2026-05-01T00:00:00Z": "to",
		"n=0": "n", "n=101": "n", "n=all": "n", "n=1e2": "n",
		"after=5": "after", "after=-": "after", "after=0-0": "after", "after=1-2-3": "after",
	} {
		v, err := url.ParseQuery(in)
		if err != nil {
			t.Fatal(err)
		}
		_, err = parsePacketsQuery(v, time.UTC)
		var wrong wrongParameter
		if !errors.As(err, &wrong) || wrong.name != parameter {
			t.Errorf("%q: want parameter %s refused, have %v", in, parameter, err)
		}
	}
}

// Links of a page carry its query: reading one gives the query back.
func FuzzPacketsQuery(f *testing.F) {
	for _, s := range []string{"type=4,5&region=SEA&w=1h", "hash=3f&n=7", "after=-1-2", "from=2026-05-01T00:00:00Z&obs=a%2Fb", "obs=%ff", "node=a%2Cb&route=flood&view=receptions&skip=3", "from_node=ABCDEF01&sort=copies&page=2", "channel=enc_0a&from=2026-05-01", "hb=3,1&snr_from=-0.25&sort=observer", "snr_to=1e1&sort=hops:asc&page=9"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		v, err := url.ParseQuery(in)
		if err != nil {
			return
		}
		q, err := parsePacketsQuery(v, time.UTC)
		if err != nil {
			return
		}
		u, err := url.Parse(q.at("/packets"))
		if err != nil {
			t.Fatalf("%q: %v", in, err)
		}
		again, err := parsePacketsQuery(u.Query(), time.UTC)
		if err != nil || again.at("/packets") != q.at("/packets") {
			t.Errorf("%q: %s becomes %s, %v", in, q.at("/packets"), again.at("/packets"), err)
		}
	})
}
