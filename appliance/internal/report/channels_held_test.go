package report_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
)

// Channels and texts by where and when they were received, however often they are
// asked for while more comes in and hours are sealed and unloaded, are those that
// unpacking everything gives.
func TestChannelsAreAsUnpackingEverything(t *testing.T) {
	texts := 0
	for seed := range uint64(4) {
		c := newCrowd(t, 500+seed)
		some := func(list []string) []string { return list[:c.r.IntN(len(list)+1)] }
		var asked []report.TextSearch
		for range 8 {
			q := report.TextSearch{Regions: some([]string{"SEA", "PDX"}), Observers: some([]string{c.observers[c.r.IntN(5)].ID, "nobody"})}
			if c.r.IntN(3) == 0 {
				q.From = t0 + int64(c.r.IntN(crowdHours*3_600_000))
			}
			if c.r.IntN(3) == 0 {
				q.To = max(q.From, t0) + 1 + int64(c.r.IntN(3*3_600_000))
			}
			q.Words = some([]string{"words", "1"})
			asked = append(asked, q)
		}
		for range 10 {
			for range 20 {
				c.send()
			}
			for range 20 {
				c.again()
			}
			c.turn()
			for _, q := range asked {
				texts += c.checkChannels(q)
			}
		}
	}
	if texts < 1000 {
		t.Errorf("only %d texts were counted", texts)
	}
}

// checkChannels compares the list of channels, and texts of one, with the plain way,
// and gives how many texts there are.
func (c *crowd) checkChannels(q report.TextSearch) (texts int) {
	c.t.Helper()
	x, _ := c.gates.Lists.Get()
	channels := report.Channels{Store: c.st, Index: x.Channels, Tallies: &c.tallies}
	wanted := c.wantedOf(report.PacketSearch{Regions: q.Regions, Observers: q.Observers})
	all, said := map[string]int64{}, map[string]int{}
	c.st.Newest(mesh.Cursor{}, math.MinInt64, math.MaxInt64, func(tx mesh.Transmission) bool {
		in := (q.From == 0 || tx.First() >= q.From) && (q.To == 0 || tx.First() < q.To) && slices.ContainsFunc(tx.Observations, wanted(tx))
		if tx.Type != meshcore.TypeGrpTxt || !in {
			return true
		}
		name, text := "locked", ""
		if o, err := c.ring.Open(tx.Payload); err == nil {
			m, _ := meshcore.ParseGroupText(o.Plain)
			name, text = o.Channel.Name, m.Text
		}
		all[name]++
		if !slices.ContainsFunc(q.Words, func(w string) bool { return !strings.Contains(text, w) }) {
			said[name]++
		}
		return true
	})
	list := must(channels.ListWithin(c.t.Context(), q))
	have := map[string]int64{}
	for _, ch := range slices.Concat(list.Open, list.Locked) {
		name := ch.Name
		if ch.Locked {
			name = "locked"
		}
		have[name] += ch.Messages
	}
	for _, name := range []string{"Public", "#test", "locked"} {
		if have[name] != all[name] {
			c.t.Fatalf("%+v: %s has %d, want %d", q, name, have[name], all[name])
		}
		if name == "locked" {
			continue
		}
		q.Channel, q.Limit = name, c.r.IntN(10)
		if found := must(channels.Texts(c.t.Context(), q)); found.Total != said[name] || len(found.Rows) != min(q.Limit, said[name]) {
			c.t.Fatalf("%+v: %d of %d texts, want of %d", q, len(found.Rows), found.Total, said[name])
		}
		texts += said[name]
	}
	return texts
}
