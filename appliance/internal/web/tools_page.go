package web

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
	"hilltop/ui/part"
)

// toolsPage takes the input apart. It is false when nothing of it was usable.
func toolsPage(in toolsInput, opts meshcore.Options, now time.Time) (p ui.ToolsPage, usable bool) {
	p.Form = toolsFields(in)
	p.Airtime = toolsAirtime(in.Bytes, opts.Preset)
	if in.Name != "" {
		p.Key = toolsKey(in.Name)
	}
	for i, l := range in.Lines {
		id := ""
		if len(in.Lines) > 1 {
			id = fmt.Sprintf("l%d-", i+1)
		}
		f := toolsFrame(id, l.Text, opts, now)
		f.ID, f.Line = id, fmt.Sprintf("Line %d", l.Number)
		if alone := (toolsInput{Lines: in.Lines[i : i+1], Preset: in.Preset}); id != "" && alone.plain() {
			f.Alone = alone.address()
		}
		usable = usable || f.Error == nil
		p.Frames = append(p.Frames, f)
	}
	switch {
	case in.More > 0:
		p.Alerts = append(p.Alerts, fmt.Sprintf("The first %d lines are decoded; %s left out. \"hilltop decode\" reads any number.", toolLines, plural(int64(in.More), "line is", "lines are")))
	case in.sent && len(in.Lines) == 0:
		p.Alerts = append(p.Alerts, "Nothing was entered: paste a frame, or several, one a line.")
	}
	return p, usable
}

// toolsFields is the form with what was entered.
func toolsFields(in toolsInput) ui.ToolsForm {
	var frames []string
	for _, l := range in.Lines {
		frames = append(frames, clean(l.Text, bodyLimit))
	}
	f := ui.ToolsForm{
		Frames: strings.Join(frames, "\n"), Channels: cleanLines(in.Channels), Keys: cleanLines(in.Keys), Regions: cleanLines(in.Regions),
		Open: len(in.Channels)+len(in.Keys)+len(in.Regions) > 0, Derive: clean(in.Name, toolName),
		Limits: fmt.Sprintf("At most %d lines at once.", toolLines),
	}
	f.Presets = presetOptions(in.Preset)
	if len(in.Lines) == 0 {
		for _, e := range toolsExamples {
			f.Examples = append(f.Examples, part.Way{Text: e.name, Href: "/tools?" + url.Values{"hex": {e.hex}}.Encode()})
		}
	}
	return f
}

// cleanLines are lines of a field, fit to be shown again.
func cleanLines(all []string) string {
	out := make([]string, len(all))
	for i, l := range all {
		out[i] = clean(l, bodyLimit)
	}
	return strings.Join(out, "\n")
}

// toolsExamples are frames whose meaning the protocol's description gives.
var toolsExamples = []struct{ name, hex string }{
	{"a text in Public", "150011C3C1354D619BAE9590E4D177DB7EEAF982F5BDCF78005D75157D9535FA90178F785D"},
	{"an advert", "11410C37EA8B21FD806DCEACD3144AADA88A77449D7F206B363B917D6F9C5C51850ACAA819B95569B1F9F70012FBB9E89E534FC77496627E6D569FB40B34D15DF2B2D319F8F68AAAFAE0566BF453F35818CEDD1EE291A1016BA93824404EF559E0A2069F91C99F0991C9F01103C80CFEFF4E6F646531"},
	{"a trace", "260230F8040302010000000000AABBCC"},
	{"a frame that radios drop", "1542AABB"},
}

// presetOptions lists the presets; one that is not among them, such as
// "8/62.5/8", is added.
func presetOptions(chosen string) (out []ui.FilterOption) {
	p, err := meshcore.ParsePreset(chosen)
	if err != nil {
		p = meshcore.DefaultPreset()
	}
	for _, o := range meshcore.Presets() {
		out = append(out, ui.FilterOption{Value: o.Name, Label: presetLabel(o), On: o.Name == p.Name})
	}
	if !slices.ContainsFunc(out, func(o ui.FilterOption) bool { return o.On }) {
		out = append(out, ui.FilterOption{Value: p.Name, Label: clean(p.Name, nameLimit), On: true})
	}
	return out
}

func presetLabel(p meshcore.Preset) string {
	return fmt.Sprintf("%s (SF%d, %s kHz, CR 4/%d)", p.Name, p.SF, decimal(p.BWkHz), p.CR)
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// toolsFrame is what a line holds. The id tells its fields from those of other
// lines.
func toolsFrame(id, line string, opts meshcore.Options, now time.Time) ui.ToolsFrame {
	line = strings.TrimRight(line, " \t")
	switch {
	case isLink(line, "channel/"):
		return channelLinkFrame(strings.TrimSpace(line))
	case isLink(line, "contact/"):
		return contactLinkFrame(strings.TrimSpace(line))
	case len(line) > toolLine:
		return ui.ToolsFrame{Error: &ui.ToolsError{Text: fmt.Sprintf("%s characters: no frame is that long. The longest has %d bytes.", countText(int64(len(line))), meshcore.MaxFrame-1)}}
	}
	frame, err := meshcore.FrameFromText(line)
	var bad *meshcore.InputError
	switch {
	case errors.As(err, &bad):
		return ui.ToolsFrame{Error: inputError(line, *bad)}
	case len(frame) > meshcore.MaxFrame:
		return ui.ToolsFrame{Error: &ui.ToolsError{Text: fmt.Sprintf("%d bytes: a radio delivers at most %d.", len(frame), meshcore.MaxFrame)}}
	}
	return describedFrame(id, frame, opts, now)
}

const aroundError = 24 // characters shown on each side of a wrong one

// inputError words why a line is no frame and shows the place.
func inputError(line string, bad meshcore.InputError) *ui.ToolsError {
	runes := []rune(meshcore.ValidText(line))
	at := min(max(bad.Column-1, 0), len(runes)-1)
	e := &ui.ToolsError{Before: clean(string(runes[max(0, at-aroundError):at]), aroundError), At: clean(string(runes[at]), 1), After: clean(string(runes[at+1:min(len(runes), at+1+aroundError)]), aroundError)}
	if e.At == "" || e.At == " " {
		e.At = fmt.Sprintf("U+%04X", runes[at])
	}
	if at > aroundError {
		e.Before = "…" + e.Before
	}
	if at+1+aroundError < len(runes) {
		e.After += "…"
	}
	place := fmt.Sprintf("Character %d, after %s: ", bad.Column, plural(int64(bad.Offset), "byte", "bytes"))
	switch bad.Reason {
	case meshcore.ReasonOddDigits:
		e.Text = place + "half a byte at the end. A digit is missing, or one is too many."
	case meshcore.ReasonLink:
		e.Text, e.At = "A link of a kind that is not known here. Those of a channel, a contact and a node's advert are.", ""
	default:
		e.Text = place + "not a hex digit."
	}
	return e
}

// describedFrame is everything about a frame that nobody need have heard.
func describedFrame(id string, frame []byte, opts meshcore.Options, now time.Time) ui.ToolsFrame {
	d := meshcore.Describe(frame, opts)
	f := ui.ToolsFrame{
		Raw: upperHex(frame), JSON: describedJSON(d), Plain: plainFields(d), Bytes: plural(int64(len(frame)), "byte", "bytes"),
	}
	f.Legend, f.Dump, f.Fields = frameView(id, d, frame)
	if d.Stage() == "frame" {
		f.Type, f.Summary = part.Type{Word: "Refused", Family: "control", Means: "A radio drops this frame"}, "a radio drops this frame"
		why := capital(payloadWhy(d.Err))
		f.Alerts = []string{"A radio drops this frame: " + why + "."}
		f.Say = ui.Preview{Note: why}
		f.Facts = []part.Fact{{Name: "Frame", Value: f.Bytes}}
		return f
	}
	c := report.ContentOf(d.Packet.Type, d.Packet.Payload, opts.Ring)
	f.Type, f.Summary = packetType(d.Packet.Type), waySummary(d)
	f.Say, f.Alerts = preview(c), packetAlerts(d, c)
	f.Message = messageBlock(c, d.Packet.Payload, "", now)
	f.Facts = toolsFacts(d, c, opts.Preset, len(frame))
	return f
}

// capital begins a sentence.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if r < 'a' || r > 'z' {
		return s
	}
	return string(r-'a'+'A') + s[n:]
}

// waySummary says in a line where a frame has been or has to go.
func waySummary(d meshcore.Description) string {
	words := []string{routeWord(d.Packet.Route)}
	if d.Region != "" {
		words = append(words, "scope "+clean(d.Region, nameLimit))
	}
	heard, isFlood := d.Packet.Heard()
	ahead, isDirect := d.Packet.Ahead()
	snrs, _ := d.Packet.TraceSNR()
	switch {
	case isFlood && heard.Len() == 0:
		words = append(words, "as its sender sends it")
	case isFlood:
		words = append(words, plural(int64(heard.Len()), "hop", "hops"))
	case isDirect && ahead.Len() == 0:
		words = append(words, "no relay to come")
	case isDirect:
		words = append(words, plural(int64(ahead.Len()), "hop", "hops")+" still to go")
	default:
		words = append(words, plural(int64(snrs.Len()), "hop", "hops")+" done")
	}
	return strings.Join(words, " · ")
}

func toolsFacts(d meshcore.Description, c report.Content, preset meshcore.Preset, size int) []part.Fact {
	p, hash, shared := d.Packet, d.Packet.Hash().String(), "the same for all copies; look for it here"
	if p.Type == meshcore.TypeTrace {
		shared = "each stage of a trace has its own; look for it here"
	}
	facts := []part.Fact{
		{Name: "Type", Value: packetType(p.Type).Word, Note: packetType(p.Type).Means},
		{Name: "Route", Value: routeWord(p.Route), Note: routeNote(p.Route, p.Type)},
		{Name: "Hash", Value: hash, Code: true, Href: "/packets/" + hash, Note: shared},
	}
	if p.Route.HasTransport() {
		scope := scopeWord(report.Scope{Has: true, Name: d.Region, Codes: p.Transport})
		facts = append(facts, part.Fact{Name: "Scope", Value: clean(scope, nameLimit), Alien: true},
			part.Fact{Name: "Transport codes", Value: fmt.Sprintf("%04X %04X", p.Transport[0], p.Transport[1]), Code: true})
	}
	if ahead, direct := p.Ahead(); p.Type != meshcore.TypeTrace && (!direct || ahead.Len() > 0) {
		facts = append(facts, part.Fact{Name: "Hop width", Value: fmt.Sprintf("%d B", p.HopWidth()), Note: "bytes of a relay's key in the path"})
	}
	facts = append(facts, part.Fact{Name: "Frame", Value: fmt.Sprintf("%d B", size), Note: fmt.Sprintf("payload %d B", c.Size)},
		part.Fact{Name: "Time on air", Value: frameAirText(d.Airtime), Note: "computed for " + clean(preset.Name, nameLimit)})
	return append(facts, payloadFacts(c)...)
}

func frameAirText(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
}

func channelLinkFrame(line string) ui.ToolsFrame {
	c, err := meshcore.ParseChannelURI(line)
	if err != nil {
		return ui.ToolsFrame{Error: &ui.ToolsError{Text: "A link of a channel, but without a key of 16 or 32 bytes."}}
	}
	name := clean(c.Name, nameLimit)
	return ui.ToolsFrame{LinkNote: "Link of a channel", Summary: "opens the other lines", Say: ui.Preview{Tag: name}, Facts: []part.Fact{
		{Name: "Channel", Value: name, Alien: true},
		{Name: "Hash byte", Value: hashByteText(c.Key.HashByte()), Code: true, Note: "marks the channel's packets in the clear"},
		{Name: "Key", Value: plural(int64(len(c.Key.Bytes())), "byte", "bytes"), Note: "in the link; it opens the other lines"},
	}}
}

func contactLinkFrame(line string) ui.ToolsFrame {
	c, err := meshcore.ParseContactURI(line)
	if err != nil {
		return ui.ToolsFrame{Error: &ui.ToolsError{Text: "A link of a contact, but without a public key of 64 hex digits or with an impossible type."}}
	}
	name := clean(c.Name, nameLimit)
	return ui.ToolsFrame{LinkNote: "Link of a contact", Say: ui.Preview{Who: part.Named{Text: name}}, Facts: []part.Fact{
		{Name: "Name", Value: name, Alien: true},
		{Name: "Key", Value: c.Key.String(), Code: true, Href: nodeHref(c.Key), Note: "look for this node here"},
		{Name: "Role", Value: c.Role.String()},
	}}
}

// toolsKey is what a name stands for as a channel and as a scope.
func toolsKey(name string) *ui.ToolsKey {
	key, region := meshcore.HashtagKey(name), meshcore.RegionKey(name)
	shown := name
	if !strings.HasPrefix(shown, "#") {
		shown = "#" + shown
	}
	shown = clean(shown, toolName+1)
	return &ui.ToolsKey{Facts: []part.Fact{
		{Name: "Name", Value: shown, Alien: true, Note: "capital letters count"},
		{Name: "Channel key", Value: strings.ToUpper(key.String()), Code: true, Copy: true},
		{Name: "Hash byte", Value: hashByteText(key.HashByte()), Code: true, Note: "marks the channel's packets in the clear"},
		{Name: "Scope key", Value: upperHex(region[:]), Code: true, Note: "of the region of this name; its code differs from packet to packet"},
	}}
}

// toolsAirtime compares the presets for a frame of this length.
func toolsAirtime(size int, chosen meshcore.Preset) ui.ToolsAirtime {
	out := ui.ToolsAirtime{Bytes: strconv.Itoa(size)}
	all := meshcore.Presets()
	if !slices.ContainsFunc(all, func(p meshcore.Preset) bool { return p.Name == chosen.Name }) {
		all = append(all, chosen)
	}
	for _, p := range all {
		row := ui.AirtimeRow{
			Name: clean(p.Name, nameLimit), Freq: dash, SF: strconv.Itoa(p.SF), BW: decimal(p.BWkHz) + " kHz", CR: "4/" + strconv.Itoa(p.CR),
			Time: frameAirText(p.Airtime(size)), On: p.Name == chosen.Name,
		}
		if p.FreqMHz > 0 {
			row.Freq = fmt.Sprintf("%.3f MHz", p.FreqMHz)
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

func upperHex(b []byte) string {
	const digits = "0123456789ABCDEF"
	out := make([]byte, 0, 2*len(b))
	for _, v := range b {
		out = append(out, digits[v>>4], digits[v&15])
	}
	return string(out)
}
