package web

import (
	"encoding/hex"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
	"hilltop/ui/part"
)

const (
	pathShown      = 6   // hops of a path in a list before "+N"
	receptionShown = 10  // receptions in an unfolded row
	regionsShown   = 2   // region codes of a row
	textShown      = 160 // characters of a message in a list
)

// rows words rows of the list as they are to be shown.
func (q packetsQuery) rows(now time.Time) func(report.PacketRow) ui.PacketRow {
	all := channelAt("", q.carried()).at()
	carried := all[len(channelsAt):] // what links to channels carry, the same in every row
	return func(r report.PacketRow) ui.PacketRow { return q.row(r, carried, now) }
}

func (q packetsQuery) row(r report.PacketRow, carried string, now time.Time) ui.PacketRow {
	row := packetRow(r, now)
	if q.Each {
		row = receptionRow(row, r)
	}
	if row.Unfold != "" {
		row.Unfold = q.unfold(r.Hash, r.ID)
	}
	if row.Say.TagHref != "" {
		row.Say.TagHref += carried
	}
	switch c := r.Content; {
	case c.Advert != nil && c.Advert.Signed:
		row.Say.Clock = aheadText(c.Advert.Timestamp, r.First)
	case c.Group != nil && c.Group.Text != nil:
		row.Say.Clock = aheadText(c.Group.Text.Timestamp, r.First)
	}
	if q.Hex {
		withoutNames(&row.Path)
		for i := range row.Receptions {
			withoutNames(&row.Receptions[i].Path)
		}
	}
	return row
}

// receptionRow is the row of one reception of a packet.
func receptionRow(row ui.PacketRow, r report.PacketRow) ui.PacketRow {
	row.ID += "-" + strconv.Itoa(r.Shown.Num)
	row.Href, row.Others, row.Path.More, row.Unfold, row.More = receptionHref(r.Hash, r.Shown), "", "", "", ""
	row.Copies, row.Each = "first", true
	if r.After > 0 {
		row.Copies = laterText(r.After)
	}
	row.Signal = snrText(r.Shown.Obs.SNR4)
	row.Regions = nil
	if r.Shown.Region != "" {
		row.Regions = []string{clean(r.Shown.Region, nameLimit)}
	}
	return row
}

// withoutNames leaves of a path's hops what was sent.
func withoutNames(c *ui.PathCell) {
	for _, list := range [][]part.HopName{c.Hops, c.Rest} {
		for i := range list {
			list[i].Name, list[i].Sure, list[i].Why = "", "", ""
		}
	}
}

// packetRow is one packet of the list.
func packetRow(r report.PacketRow, now time.Time) ui.PacketRow {
	row := ui.PacketRow{
		ID:       "p" + strconv.FormatUint(r.ID, 10),
		Href:     packetHref(r.Hash),
		Hash:     r.Hash.String()[:8],
		Stripe:   stripe(r.Hash),
		At:       strconv.FormatInt(r.First, 10),
		When:     moment(r.First, now),
		Type:     packetType(r.Type),
		Route:    routeWord(r.Shown.Route),
		Scope:    scopeWord(r.Scope),
		Size:     strconv.Itoa(r.Size) + " B",
		Width:    widthText(r.Shown.Path),
		Observer: observerNamed(r.Shown.Observer),
		Path:     pathCell(r.Shown.Path, pathShown),
		Copies:   "×" + countText(int64(r.Copies)),
		Say:      preview(r.Content),
		Late:     lateText(r.Shown),
	}
	if snr := r.Shown.Obs.SNR4; snr != mesh.NoSNR {
		row.Signal = snrText(snr)
	}
	if r.Others > 0 {
		row.Others = "and " + countText(int64(r.Others)) + " more"
	}
	row.Regions = clipped(cleaned(r.Regions), regionsShown)
	if r.Paths > 1 {
		row.Path.More = "and " + plural(int64(r.Paths-1), "more path", "more paths")
	}
	if r.Copies > 1 {
		row.Unfold = packetsQuery{}.unfold(r.Hash, r.ID)
		if len(r.Receptions) == 0 || r.Copies > receptionShown {
			row.More, row.MoreHref = "all "+countText(int64(r.Copies))+" receptions", row.Href
		}
	}
	for i, rec := range r.Receptions[:min(len(r.Receptions), receptionShown)] {
		line := receptionLine(rec, r.Hash, now)
		line.Delay = delayText(i, rec.Obs.At-r.First)
		row.Receptions = append(row.Receptions, line)
	}
	return row
}

func packetHref(h meshcore.Hash) string { return "/packets/" + h.String() }

// receptionHref is the packet's page with one reception selected.
func receptionHref(h meshcore.Hash, r report.Reception) string {
	return fmt.Sprintf("%s?obs=%d.%d", packetHref(h), r.Episode, r.Num)
}

// stripe is a packet's colour, so that the eye can follow it from page to page.
func stripe(h meshcore.Hash) string {
	hue := (int(h[0])<<8 | int(h[1])) * 360 >> 16
	return "hsl(" + strconv.Itoa(hue) + " " + strconv.Itoa(55+int(h[2])*40>>8) + "% 50%)"
}

// clipped keeps the first n and says how many more there are.
func clipped(list []string, n int) []string {
	if len(list) <= n {
		return list
	}
	return append(slices.Clone(list[:n]), fmt.Sprintf("+%d", len(list)-n))
}

func observerNamed(o mesh.Observer) part.Named {
	n := orKey(o.Name, o.ID)
	if o.ID != "" {
		n.Href = "/observers/" + url.PathEscape(o.ID)
	}
	return n
}

func nodeHref(k meshcore.PublicKey) string {
	const begin = "/nodes/"
	var b [len(begin) + 2*len(k)]byte
	return string(hex.AppendEncode(append(b[:0], begin...), k[:]))
}

// widthText is "" where the width bits mean nothing.
func widthText(p report.Path) string {
	if p.Width == 0 {
		return ""
	}
	return strconv.Itoa(p.Width) + " B"
}

// pathCell shows at most shown entries of a path; 0 shows all.
func pathCell(p report.Path, shown int) ui.PathCell {
	var c ui.PathCell
	switch p.Kind {
	case report.PathHeard:
		c = ui.PathCell{Kind: "heard", Hops: hopNames(p.Hops), Empty: "heard from its sender"}
	case report.PathAhead:
		c = ui.PathCell{Kind: "ahead", Lead: "still to go", Hops: hopNames(p.Hops), Empty: "no relay to come"}
	case report.PathTrace:
		c = ui.PathCell{Kind: "trace", Lead: "SNR", Empty: "no hop done yet"}
		for _, q := range p.SNR4 {
			c.Hops = append(c.Hops, part.HopName{Hex: traceText(q)})
		}
	}
	if shown > 0 && len(c.Hops) > shown {
		c.Hops, c.Rest = c.Hops[:shown:shown], c.Hops[shown:]
	}
	if len(c.Hops) > 0 {
		c.Empty = ""
	} else {
		c.Lead = ""
	}
	return c
}

func hopNames(hops []report.Hop) []part.HopName {
	if len(hops) == 0 {
		return nil
	}
	out := make([]part.HopName, 0, len(hops))
	for _, h := range hops {
		n := part.HopName{Hex: h.Hex}
		if h.Node != nil {
			n.Href = nodeHref(h.Node.Key)
			if n.Name = strings.TrimSpace(clean(h.Node.Name, nameLimit)); n.Name == "" {
				n.Name = h.Node.Key.String()[:8] + "…"
			}
		}
		n.Sure, n.Why = howSure(h)
		out = append(out, n)
	}
	return out
}

// howSure words how likely it is that a hop's name is right.
func howSure(h report.Hop) (sure, why string) {
	switch {
	case !h.Resolved && h.Node != nil:
		return "certain", "no other known key begins so"
	case !h.Resolved:
		return "", ""
	case h.Node == nil && h.P > 0:
		return "", "ambiguous: the likeliest node has " + percentText(h.P)
	case h.Node == nil:
		return "", "nobody who is known fits"
	case h.Provisional:
		return "guess", guesses[percentPlace(h.P)]
	}
	return "likely", likelies[percentPlace(h.P)]
}

// What is said of likely hops: a page has hundreds.
var (
	percents = percentTexts("")
	guesses  = percentTexts(", not decided yet: more copies may come")
	likelies = percentTexts(", from all copies of the packet")
)

// Places of the ends among the words for probabilities, after whole hundredths.
const (
	percentOver  = 100
	percentUnder = 101
)

// percentTexts are words for probabilities by their percentPlace, with more behind
// each.
func percentTexts(more string) (all [102]string) {
	for i := range all {
		all[i] = strconv.Itoa(i) + " %" + more
	}
	all[percentOver], all[percentUnder] = "over 99 %"+more, "under 1 %"+more
	return all
}

// percentPlace is a probability in whole hundredths, rounded down, or an end.
func percentPlace(p float64) int {
	switch {
	case p >= 0.995:
		return percentOver
	case p < 0.005:
		return percentUnder
	}
	return int(math.Floor(100 * p))
}

// percentText is a probability of at most 1; nothing is quite certain.
func percentText(p float64) string { return percents[percentPlace(p)] }

// lateText says by how much a reception came in late.
func lateText(r report.Reception) string {
	if !r.Late() {
		return ""
	}
	from := r.Obs.At
	if r.Obs.Flags&mesh.FlagHeardStands == 0 && r.Obs.Flags&mesh.FlagClaimed != 0 {
		from = r.Obs.Claimed
	}
	if d := time.Duration(r.Obs.Arrived-from) * time.Millisecond; d > 0 {
		return "late +" + shortSpan(d)
	}
	return "late"
}

func receptionLine(r report.Reception, h meshcore.Hash, now time.Time) ui.ReceptionLine {
	return ui.ReceptionLine{
		Href:     receptionHref(h, r),
		When:     moment(r.Obs.At, now),
		Observer: observerNamed(r.Observer),
		Region:   clean(r.Region, nameLimit),
		SNR:      snrText(r.Obs.SNR4),
		RSSI:     rssiText(r.Obs.RSSI),
		Path:     pathCell(r.Path, pathShown),
		Late:     lateText(r),
	}
}

// delayText is how long after the first a copy stands that is number i of its
// episode.
func delayText(i int, ms int64) string {
	if i == 0 {
		return "first"
	}
	return laterText(ms)
}

// laterText is how long after another a copy stands, ms: "+0.3 s".
func laterText(ms int64) string {
	if ms < 50 {
		return "< 0.1 s"
	}
	return "+" + spanText(time.Duration(ms)*time.Millisecond)
}
