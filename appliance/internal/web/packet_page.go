package web

import (
	"encoding/hex"
	"fmt"
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

// copiesDue is how long after the last copy more may come in.
const copiesDue = 10 * time.Minute

// packetPage is everything about one packet as a page. missing says that a
// reception was asked for which is not there.
func packetPage(d report.PacketDetail, missing bool, now time.Time) ui.PacketPage {
	sel := d.Receptions[d.Selected]
	if pre, ok := presetOf(sel.Observer.Radio); ok && d.Described.Airtime > 0 {
		d.Described.Airtime = pre.Airtime(len(d.Frame))
	}
	p := ui.PacketPage{
		Hash:     d.Hash.String(),
		Stripe:   stripe(d.Hash),
		Type:     packetType(d.Type),
		Summary:  packetSummary(d),
		Line:     packetEnds(d),
		Alerts:   packetAlerts(d.Described, d.Content),
		Message:  messageBlock(d.Content, d.Described.Packet.Payload, messageFacts(sel), now),
		Facts:    packetFacts(d, sel, now),
		Clocks:   clockRows(d, sel, now),
		Spread:   spread(d, now),
		Selected: fmt.Sprintf("Reception %d of %d", d.Selected+1, len(d.Receptions)),
		Link:     packetHref(d.Hash),
		LinkHere: receptionHref(d.Hash, sel),
		Relayed:  relayedBlock(d, now),
		Direct:   directBlock(sel),
		Raw:      upperHex(d.Frame),
		JSON:     describedJSON(d.Described),
		Back:     "/packets",
	}
	if p.Message == nil {
		p.Say = preview(d.Content)
		if d.Sender != nil && d.Content.Advert == nil {
			p.Say.Who = nodeNamed(*d.Sender)
		}
	}
	if last := d.Receptions[len(d.Receptions)-1].Obs.Arrived; last > now.Add(-copiesDue).UnixMilli() {
		p.Fresh = true
	}
	if missing {
		p.Missing = "The reception in this address is not held any more; the first one is shown."
	}
	if d.Selected > 0 {
		p.Previous = receptionHref(d.Hash, d.Receptions[d.Selected-1])
	}
	if d.Selected+1 < len(d.Receptions) {
		p.Next = receptionHref(d.Hash, d.Receptions[d.Selected+1])
	}
	p.Episodes = episodeTexts(d, now)
	p.Receptions = receptionRows(d, now)
	p.Tree, p.TreeNote = pathTree(d)
	p.Legend, p.Dump, p.Fields = frameView("", d.Described, d.Frame)
	p.Plain = plainFields(d.Described)
	p.HexNote = fmt.Sprintf("The bytes that %s received, %s.", observerNamed(sel.Observer).Text, plural(int64(len(d.Frame)), "byte", "bytes"))
	return p
}

// packetSummary is the rest of the title line.
func packetSummary(d report.PacketDetail) string {
	sel := d.Receptions[d.Selected]
	words := []string{routeWord(sel.Route)}
	if s := scopeWord(d.Scope); s != "" {
		if d.Scope.Name != "" {
			s = "scope " + clean(s, nameLimit)
		}
		words = append(words, s)
	}
	switch n := len(sel.Path.Hops); {
	case sel.Path.Kind == report.PathHeard && n == 0:
		words = append(words, "heard from its sender")
	case sel.Path.Kind == report.PathHeard:
		words = append(words, plural(int64(n), "hop", "hops"))
	case sel.Path.Kind == report.PathAhead && n == 0:
		words = append(words, "no relay to come")
	case sel.Path.Kind == report.PathAhead:
		words = append(words, plural(int64(n), "hop", "hops")+" still to go")
	default:
		words = append(words, plural(int64(len(sel.Path.SNR4)), "hop", "hops")+" done")
	}
	return strings.Join(append(words, plural(int64(len(d.Receptions)), "copy", "copies")), " · ")
}

// packetEnds says from whom to whom, where the payload does.
func packetEnds(d report.PacketDetail) (line []part.Fact) {
	if a := d.Content.Advert; a != nil {
		who := advertNamed(*a)
		return append(line, part.Fact{Name: "from", Value: who.Text, Href: who.Href, Alien: true})
	}
	e := d.Content.Ends
	if e == nil {
		return nil
	}
	from := endByte("from", e.Src, "first byte of the sender's key: who may have it")
	if e.Sender != nil {
		from = part.Fact{Name: "from", Value: e.Sender.String()[:16] + "…", Code: true}
		if d.Sender != nil {
			who := nodeNamed(*d.Sender)
			from = part.Fact{Name: "from", Value: who.Text, Href: who.Href, Alien: true}
		}
	}
	return append(line, from, endByte("to", e.Dest, "first byte of the recipient's key: who may have it"))
}

// endByte leads from the first byte of a key to the nodes that have it.
func endByte(name string, b byte, note string) part.Fact {
	text := fmt.Sprintf("%02X", b)
	return part.Fact{Name: name, Value: text, Code: true, Href: "/reports/identity?prefix=" + text, Note: note}
}

func nodeNamed(n mesh.Node) part.Named {
	out := part.Named{Text: strings.TrimSpace(clean(n.Name, nameLimit)), Href: nodeHref(n.Key), Hint: n.Key.String()}
	if out.Text == "" {
		out.Text, out.Code = n.Key.String()[:8]+"…", true
	}
	return out
}

// packetAlerts are what is wrong with the packet.
func packetAlerts(d meshcore.Description, c report.Content) (alerts []string) {
	why := map[string]string{
		meshcore.IgnoredTraceFlood:        "A trace that was sent as a flood: the firmware does not process it.",
		meshcore.IgnoredTracePathLen:      "A trace with hop width bits set: the firmware does not process it.",
		meshcore.IgnoredControlFlood:      "A control packet that was sent as a flood: the firmware does not process it.",
		meshcore.IgnoredControlHops:       "A control packet with a path: the firmware processes it only from neighbours.",
		meshcore.IgnoredControlLowSubtype: "A control packet of a kind that the firmware does not process.",
		meshcore.IgnoredRawCustomFlood:    "Raw bytes that were sent as a flood: the firmware does not process them.",
		meshcore.IgnoredMultipartInner:    "The firmware knows multipart packets only around an ACK.",
		meshcore.IgnoredUnknownType:       "No firmware uses this payload type yet.",
	}
	if s := why[d.Ignored]; s != "" {
		alerts = append(alerts, s)
	}
	if a := c.Advert; a != nil && !a.Signed {
		alerts = append(alerts, "The signature does not fit the key and the content: whoever sent this is not the node it names.")
	} else if d.Err != nil {
		alerts = append(alerts, "The payload cannot be read: "+payloadWhy(d.Err)+".")
	}
	return alerts
}

// messageBlock is what comes first on the page of a channel's packet.
func messageBlock(c report.Content, payload []byte, facts string, now time.Time) *ui.MessageBlock {
	g := c.Group
	if g == nil {
		return nil
	}
	m := &ui.MessageBlock{Locked: g.Lock != report.LockOpen, Facts: facts}
	m.Channel = fmt.Sprintf("channel with hash byte %02X", g.HashByte)
	if g.Channel != "" {
		m.Channel, m.Href, m.Hue = clean(g.Channel, nameLimit), channelHref(g.Channel), hueOf(g.Channel)
	}
	m.Why = map[report.Lock]string{
		report.LockNoKey:     fmt.Sprintf("Locked: no key here has the hash byte %02X.", g.HashByte),
		report.LockWrongKey:  fmt.Sprintf("Locked: a key with the hash byte %02X is known, but it does not fit: the check of the message fails. It is another channel that shares the byte, or the packet is damaged.", g.HashByte),
		report.LockUnaligned: "Locked: the encrypted part is not of whole blocks, so that no key can fit. The packet was cut off or never was a message.",
		report.LockBroken:    "A key fits, but what comes out is not a message.",
	}[g.Lock]
	switch {
	case g.Lock == report.LockNoKey || g.Lock == report.LockWrongKey:
		m.Sealed = &ui.Sealed{Payload: hex.EncodeToString(payload), Data: c.Type == meshcore.TypeGrpData}
	case g.Text != nil:
		m.Sender = clean(g.Text.Sender, nameLimit)
		m.Text = clean(g.Text.Message, 1000)
		m.Sent = claimedMoment(g.Text.Timestamp, now)
	case g.Data != nil:
		m.Text = fmt.Sprintf("Data of type %04X: %s", g.Data.DataType, upperHex(g.Data.Data))
	}
	return m
}

func messageFacts(sel report.Reception) string {
	words := []string{plural(int64(len(sel.Path.Hops)), "hop", "hops")}
	if sel.Path.Kind == report.PathAhead {
		words = nil
	}
	if sel.Obs.SNR4 != mesh.NoSNR {
		words = append(words, snrText(sel.Obs.SNR4))
	}
	return strings.Join(words, " · ")
}

// packetFacts are the facts of the packet and of the selected reception.
func packetFacts(d report.PacketDetail, sel report.Reception, now time.Time) []part.Fact {
	packet := sel.Obs.Packet(nil)
	stands := moment(sel.Obs.At, now)
	observer := observerNamed(sel.Observer)
	facts := []part.Fact{
		{Name: "Type", Value: packetType(d.Type).Word, Note: packetType(d.Type).Means},
		{Name: "Route", Value: routeWord(sel.Route), Note: routeNote(sel.Route, d.Type)},
	}
	if d.Scope.Has {
		facts = append(facts,
			part.Fact{Name: "Scope", Value: scopeWord(d.Scope), Alien: true},
			part.Fact{Name: "Transport codes", Value: fmt.Sprintf("%04X %04X", d.Scope.Codes[0], d.Scope.Codes[1]), Code: true})
	}
	facts = append(facts,
		part.Fact{Name: "Received", When: &stands},
		part.Fact{Name: "Direction", Value: "received", Note: "what an observer sends itself is no reception"},
		part.Fact{Name: "Observer", Value: observer.Text, Href: observer.Href, Alien: true, Note: clean(sel.Region, nameLimit)})
	if sel.Path.Width != 0 {
		facts = append(facts, part.Fact{Name: "Hop width", Value: fmt.Sprintf("%d B", packet.HopWidth()), Note: "bytes of a relay's key in the path"})
	}
	facts = append(facts, signalFacts(sel)...)
	facts = append(facts, part.Fact{Name: "Frame", Value: fmt.Sprintf("%d B", len(d.Frame)), Note: fmt.Sprintf("payload %d B", d.Content.Size)})
	if air := d.Described.Airtime; air > 0 {
		facts = append(facts, part.Fact{Name: "Time on air", Value: fmt.Sprintf("%d ms", air.Milliseconds()), Note: "computed for " + presetText(sel.Observer.Radio)})
	}
	facts = append(facts, payloadFacts(d.Content)...)
	if len(sel.Sources) > 0 {
		facts = append(facts, part.Fact{Name: "Delivered by", Value: clean(strings.Join(sel.Sources, ", "), 200), Alien: true})
	}
	return facts
}

func routeNote(r meshcore.Route, t meshcore.Type) string {
	switch {
	case t == meshcore.TypeTrace:
		return "goes along the route in its payload"
	case r.IsFlood():
		return "every relay repeats it and adds itself to the path"
	}
	return "goes along the path it carries"
}

// presetOf is the modem's setting as an observer states it.
func presetOf(r mesh.Radio) (meshcore.Preset, bool) {
	p := meshcore.DefaultPreset()
	if r.SF < 5 || r.SF > 12 || r.BWHz == 0 || r.CR < 5 || r.CR > 8 {
		return p, false
	}
	return meshcore.Preset{FreqMHz: float64(r.FreqKHz) / 1000, BWkHz: float64(r.BWHz) / 1000, SF: int(r.SF), CR: int(r.CR)}, true
}

func presetText(r mesh.Radio) string {
	p, ok := presetOf(r)
	if !ok {
		return fmt.Sprintf("SF%d, the usual setting: the observer's is not known", p.SF)
	}
	return fmt.Sprintf("the observer's setting, SF%d", p.SF)
}

func signalFacts(sel report.Reception) (facts []part.Fact) {
	if sel.Obs.SNR4 != mesh.NoSNR {
		f := part.Fact{Name: "SNR", Value: snrText(sel.Obs.SNR4)}
		if m, _, ok := snrMargin(sel.Obs.SNR4, sel.Observer.Radio.SF); ok {
			f.Note = marginText(m, sel.Observer.Radio.SF)
		}
		facts = append(facts, f)
	}
	if sel.Obs.RSSI != mesh.NoRSSI {
		facts = append(facts, part.Fact{Name: "RSSI", Value: rssiText(sel.Obs.RSSI)})
	}
	if sel.Obs.Score != mesh.NoScore {
		facts = append(facts, part.Fact{Name: "Score", Value: scoreText(sel.Obs.Score), Note: "the firmware's own rating of the reception, 0 to 1"})
	}
	return facts
}

func marginText(m float64, sf uint8) string {
	if m < 0 {
		return fmt.Sprintf("%.1f dB below the limit of SF%d", -m, sf)
	}
	return fmt.Sprintf("%.1f dB above the limit of SF%d", m, sf)
}

func scoreText(s int16) string {
	if s == mesh.NoScore {
		return dash
	}
	return strconv.FormatFloat(float64(s)/1000, 'f', 2, 64)
}

// payloadFacts are those of some types.
func payloadFacts(c report.Content) (facts []part.Fact) {
	switch {
	case c.Ends != nil:
		if c.Ends.Sender != nil {
			facts = append(facts, part.Fact{Name: "Sender", Value: c.Ends.Sender.String(), Code: true, Href: nodeHref(*c.Ends.Sender), Note: "the whole key, as an anonymous request carries it"})
		} else {
			facts = append(facts, endByte("Sender", c.Ends.Src, "first byte of the key: who may have it"))
		}
		facts = append(facts, endByte("Recipient", c.Ends.Dest, "first byte of the key: who may have it"))
	case c.Advert != nil:
		a := c.Advert
		facts = append(facts, part.Fact{Name: "Key", Value: a.Key.String(), Code: true},
			part.Fact{Name: "Role", Value: a.Role.String()},
			part.Fact{Name: "Signature", Value: map[bool]string{true: "valid", false: "not valid"}[a.Signed]})
		if a.HasPosition && a.AppDataValid {
			facts = append(facts, part.Fact{Name: "Position", Value: minus(fmt.Sprintf("%.5f", a.Lat())) + ", " + minus(fmt.Sprintf("%.5f", a.Lon()))})
		}
	case c.Trace != nil:
		facts = append(facts, part.Fact{Name: "Tag", Value: fmt.Sprintf("%08X", c.Trace.Tag), Code: true},
			part.Fact{Name: "Auth code", Value: fmt.Sprintf("%08X", c.Trace.AuthCode), Code: true})
	case len(c.Raw) > 0:
		facts = append(facts, part.Fact{Name: "First byte", Value: fmt.Sprintf("%02X", c.Raw[0]), Code: true})
	}
	return facts
}

// spread is how the packet travelled: over all receptions.
func spread(d report.PacketDetail, now time.Time) []part.Fact {
	first, last := d.Receptions[0].Obs.At, d.Receptions[len(d.Receptions)-1].Obs.At
	observers, regions := map[uint32]bool{}, []string{}
	least, most, passed := 0, 0, false
	for _, r := range d.Receptions {
		observers[r.Obs.Observer] = true
		if r.Region != "" && !slices.Contains(regions, r.Region) {
			regions = append(regions, r.Region)
		}
		if r.Path.Kind == report.PathHeard {
			if n := len(r.Path.Hops); !passed {
				least, most, passed = n, n, true
			} else {
				least, most = min(least, n), max(most, n)
			}
		}
	}
	firstAt, lastAt := moment(first, now), moment(last, now)
	heard := "receptions"
	if len(d.Receptions) == 1 {
		heard = "reception"
	}
	facts := []part.Fact{
		{Name: "Copies", Value: countText(int64(len(d.Receptions))), Note: heard + " by " + plural(int64(len(observers)), "observer", "observers")},
		{Name: "First received", When: &firstAt},
	}
	if last != first {
		facts = append(facts, part.Fact{Name: "Last received", When: &lastAt},
			part.Fact{Name: "Spread", Value: spreadText(d.Receptions), Note: "from the first reception to the last"})
	}
	if len(regions) > 0 {
		facts = append(facts, part.Fact{Name: "Regions", Value: strings.Join(cleaned(regions), ", "), Alien: true})
	}
	if passed {
		value := plural(int64(most), "hop", "hops")
		if least != most {
			value = fmt.Sprintf("%d to %d hops", least, most)
		}
		facts = append(facts, part.Fact{Name: "Passed", Value: value})
	}
	return facts
}

// spreadText never claims a finer time than the observers' stamps have: a heap
// of whole seconds says no more than a second.
func spreadText(list []report.Reception) string {
	first, last := list[0].Obs, list[len(list)-1].Obs
	d := time.Duration(last.At-first.At) * time.Millisecond
	if d < time.Second && coarse(first) && coarse(last) {
		return "≤ 1 s"
	}
	return spanText(d)
}

// coarse tells that an observation stands at a time that was stated in whole
// seconds.
func coarse(o mesh.Observation) bool {
	return o.Flags&mesh.FlagHeardStands != 0 && o.At%1000 == 0
}

func episodeTexts(d report.PacketDetail, now time.Time) (out []string) {
	if len(d.Episodes) < 2 {
		return nil
	}
	for i, e := range d.Episodes {
		line := fmt.Sprintf("%d: %s, %s", i+1, moment(e.First, now).Full, plural(int64(e.Copies), "copy", "copies"))
		if e.Copies > 1 {
			line += " within " + spanText(time.Duration(e.Last-e.First)*time.Millisecond)
		}
		out = append(out, line)
	}
	return out
}

func receptionRows(d report.PacketDetail, now time.Time) (rows []ui.ReceptionRow) {
	number := map[uint64]string{}
	for i, e := range d.Episodes {
		number[e.ID] = strconv.Itoa(i + 1)
	}
	starts, copies := map[uint64]int64{}, map[uint64]int{}
	for _, e := range d.Episodes {
		starts[e.ID] = e.First
	}
	for i, r := range d.Receptions {
		row := ui.ReceptionRow{
			Number:   strconv.Itoa(i + 1),
			Href:     receptionHref(d.Hash, r),
			Selected: i == d.Selected,
			When:     moment(r.Obs.At, now),
			Delay:    delayText(copies[r.Episode], r.Obs.At-starts[r.Episode]),
			Observer: observerNamed(r.Observer),
			Region:   clean(r.Region, nameLimit),
			Route:    routeWord(r.Route),
			Hops:     hopsText(r.Path),
			SNR:      snrText(r.Obs.SNR4),
			RSSI:     rssiText(r.Obs.RSSI),
			Score:    scoreText(r.Obs.Score),
			Path:     pathCell(r.Path, pathShown),
			Late:     lateText(r),
		}
		if m, bars, ok := snrMargin(r.Obs.SNR4, r.Observer.Radio.SF); ok {
			row.Bars, row.Margin = bars, marginText(m, r.Observer.Radio.SF)
		}
		if len(d.Episodes) > 1 {
			row.Episode = number[r.Episode]
		}
		copies[r.Episode]++
		rows = append(rows, row)
	}
	return rows
}

func hopsText(p report.Path) string {
	if p.Kind == report.PathAhead {
		return dash
	}
	return strconv.Itoa(p.Len())
}

// directBlock explains the path of a direct packet.
func directBlock(sel report.Reception) *ui.DirectBlock {
	if sel.Path.Kind != report.PathAhead {
		return nil
	}
	b := &ui.DirectBlock{Path: pathCell(sel.Path, 0)}
	switch n := len(sel.Path.Hops); n {
	case 0:
		b.Text = "A direct packet without a path: it was meant for neighbours only, or this is the last leg of its route. Which way it came is not in the packet."
	default:
		b.Text = fmt.Sprintf("A direct packet: its path is the route still to go (%s), not the way it came. The observer heard none of these relays.", plural(int64(n), "relay", "relays"))
	}
	return b
}
