package web

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
	"hilltop/ui/part"
)

// packetsMix is what matches by type, the most frequent first; nil of nothing.
func packetsMix(l report.PacketList, q packetsQuery) *ui.PacketMix {
	var packets int64
	for _, n := range l.All.Types {
		packets += int64(n)
	}
	if packets == 0 {
		return nil
	}
	m := &ui.PacketMix{}
	left := 0.0
	often := slices.SortedStableFunc(slices.Values(legendOrder()), func(a, b meshcore.Type) int { return cmp.Compare(l.All.Types[b], l.All.Types[a]) })
	for _, t := range often {
		n := l.All.Types[t]
		if n == 0 {
			break
		}
		only := q.begin()
		only.Types = []meshcore.Type{t}
		share := 100 * float64(n) / float64(packets)
		m.Parts = append(m.Parts, ui.MixPart{Type: packetType(t), Count: countText(int64(n)), Percent: percentShare(share), Href: only.at("/packets"),
			X: fmt.Sprintf("%.3f", left), Width: fmt.Sprintf("%.3f", share)})
		left += share
	}
	return m
}

// percentShare is a share in hundredths; never 0 of something.
func percentShare(share float64) string {
	if share < 1 {
		return "<1 %"
	}
	return fmt.Sprintf("%.0f %%", share)
}

// nodePartWords are the parts that a node may have, by their numbers.
func nodePartWords() []word {
	return []word{{"", "sent or relayed"}, {"", "certainly relayed"}, {"", "sent an advert"}}
}

// starsInLinks is how many starred nodes an address lists. One of 150 would be 2,500
// characters in every link of the page.
const starsInLinks = 8

// starredNodes narrows the list to the nodes that the viewer has starred. Of a few the
// address has their keys, so whoever is given it sees the same; of more it says that
// the stars of whoever looks are meant.
func starredNodes(q packetsQuery, stars []string) ui.Pick {
	keys := strings.Join(stars, ",")
	all, mine := q.without("node"), q.begin()
	if mine.Node != keys {
		mine.Node, mine.Part = keys, report.PartAny
	}
	mine.Starred = mine.Starred || len(stars) > starsInLinks
	return ui.Pick{Name: "Nodes", Choices: []ui.Choice{
		{Label: "all", Href: all.at("/packets"), On: q.Node == ""},
		{Label: "starred", Href: mine.at("/packets"), On: q.Node == keys},
	}}
}

// packetViews are the ways to look at what matches.
func packetViews(q packetsQuery) []ui.Pick {
	choose := func(name string, list []word, now int, set func(*packetsQuery, int)) ui.Pick {
		p := ui.Pick{Name: name}
		for i, w := range list {
			with := q.begin()
			set(&with, i)
			p.Choices = append(p.Choices, ui.Choice{Label: w.say, Href: with.at("/packets"), On: i == now})
		}
		return p
	}
	on := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	var views []ui.Pick
	if q.Node != "" {
		views = append(views, choose("Node", nodePartWords(), int(q.Part), func(q *packetsQuery, i int) { q.Part = report.NodePart(i) }))
	}
	views = append(views, choose("Rows", []word{{"", "packets"}, {"", "receptions"}}, on(q.Each), func(q *packetsQuery, i int) {
		if q.Each = i == 1; q.Each {
			q.Order = report.PacketOrder{}
		}
	}))
	if q.Each {
		views = append(views, choose("Of a packet", receptionOrders(), int(q.Receptions), func(q *packetsQuery, i int) { q.Receptions = report.ReceptionOrder(i) }))
	}
	return append(views, choose("Hops", []word{{"", "names"}, {"", "hex"}}, on(q.Hex), func(q *packetsQuery, i int) { q.Hex = i == 1 }))
}

// packetsForm is the filter line and its form.
func packetsForm(q packetsQuery, c choices, now time.Time) ui.PacketFilter {
	f := ui.PacketFilter{Hash: q.Hash, Node: q.nodeWord(), Chips: packetsChips(q, c, now)}
	if q.filtered() || len(q.NotApplied) > 0 {
		f.Clear = q.without("").at("/packets")
	}
	if q.Hash != "" && len(f.Chips) > 1 {
		f.Ignored = "A search by hash looks at every packet held: the other filters do not count."
	}
	for _, t := range legendOrder() {
		badge := packetType(t)
		f.Types = append(f.Types, ui.FilterOption{Value: strconv.Itoa(int(t)), Label: badge.Word, Badge: &badge, On: slices.Contains(q.Types, t)})
	}
	for _, r := range []word{{"1", "flood"}, {"0", "flood with scope"}, {"2", "direct"}, {"3", "direct with scope"}} {
		f.Routes = append(f.Routes, ui.FilterOption{Value: r.word, Label: r.say, On: slices.Contains(numbersOf(q.Routes), r.word)})
	}
	for width := 1; width <= 3; width++ {
		f.Widths = append(f.Widths, ui.FilterOption{Value: strconv.Itoa(width), Label: strconv.Itoa(width) + " B", On: slices.Contains(q.Widths, width)})
	}
	f.SNRFrom, f.SNRTo = q.SNR.fields()
	f.Regions, f.Observers, f.Time = q.regionOptions(c), q.observerOptions(c), q.timeFields(now)
	f.Areas, f.Channels = q.areaOptions(c.Areas), channelOptions(q, c)
	f.NodeName, f.NodeLabel = nodeParts()[q.Part], "Node that "+nodePartWords()[q.Part].say
	shape := packetsQuery{Order: q.Order, Each: q.Each, Receptions: q.Receptions, Hex: q.Hex, Rows: q.Rows}
	f.Keep = keep(shape.values())
	return f
}

func channelOptions(q packetsQuery, c choices) (out []ui.FilterOption) {
	found := q.Channel == ""
	option := func(value, label string) {
		on := strings.EqualFold(value, q.Channel)
		found = found || on
		out = append(out, ui.FilterOption{Value: value, Label: label, On: on})
	}
	for _, name := range c.Channels {
		if shown := clean(name, nameLimit); clean(name, len(name)) == name { // others are chosen on their own pages
			option(name, shown)
		}
	}
	for _, b := range c.Locked {
		option("enc_"+hashByteText(b), "locked "+hashByteText(b))
	}
	if !found {
		out = append(out, ui.FilterOption{Value: clean(q.Channel, len(q.Channel)), Label: clean(q.Channel, nameLimit), On: true})
	}
	return out
}

func packetsChips(q packetsQuery, c choices, now time.Time) []part.Chip {
	chips := q.chips(c.say(now), func(f filter) string {
		q := q.begin()
		q.filter = f
		return q.at("/packets")
	})
	for i := range chips {
		chips[i].Ignored = chips[i].Ignored || q.Hash != "" && i > 0
	}
	return chips
}
