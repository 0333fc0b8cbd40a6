package meshcore

import (
	"errors"
	"fmt"
	"time"
)

// Options is what helps to describe frames. The zero Options has no keys.
type Options struct {
	Ring    *KeyRing // for GRP_TXT and GRP_DATA
	Regions []string // names to match the scope code with, in order
	Secrets []Secret // for direct messages, tried in order
	Preset  Preset   // for the time on air; zero: [DefaultPreset]
}

// Why the firmware never processes a packet that is well formed.
const (
	IgnoredTraceFlood        = "trace_flood"            // a TRACE goes direct
	IgnoredTracePathLen      = "trace_path_len_over_63" // of a TRACE the byte is a plain count
	IgnoredControlFlood      = "control_flood"          // a CONTROL packet goes direct
	IgnoredControlHops       = "control_not_zero_hop"   // and to neighbours only
	IgnoredControlLowSubtype = "control_low_subtype"    // sub-types below 8 have no meaning
	IgnoredRawCustomFlood    = "raw_custom_flood"       // RAW_CUSTOM goes direct
	IgnoredMultipartInner    = "multipart_inner_type"   // MULTIPART is known around an ACK only
	IgnoredUnknownType       = "unknown_payload_type"   // types 12 to 14
)

// Description says what every byte of a frame means.
type Description struct {
	Packet    Packet
	Err       error         // nil, a [*FrameError], or a [*PayloadError] with its offset in the frame
	Ignored   string        // one of the Ignored constants, or empty
	Region    string        // name whose scope code the packet carries, or empty
	Payload   Object        // what the payload holds, under the names of the decode command; nil when the frame is refused
	Airtime   time.Duration // by Options.Preset; 0 when no radio can send the frame
	Fields    []Field       // cover the frame
	Plaintext []byte        // decrypted payload, or nil
	Plain     []Field       // cover Plaintext
}

// describer walks once over a frame: the reader of [Parse] and of the payload
// parsers records the fields, the describer adds notes and JSON members.
type describer struct {
	Description
	opts Options
	r    reader
	rec  recorder
}

// Describe takes a frame apart, whatever it holds. It never fails: a frame
// that is refused is described as far as it was read.
func Describe(frame []byte, opts Options) Description {
	d := &describer{opts: opts}
	if opts.Preset.SF == 0 {
		d.opts.Preset = DefaultPreset()
	}
	if n := len(frame); n > 0 && n <= MaxFrame {
		d.Airtime = d.opts.Preset.Airtime(n)
	}
	d.r = reader{b: frame, rec: &d.rec}
	d.Packet, d.Err = parsePacket(&d.r)
	d.noteFrame()
	if d.Err == nil {
		d.describePayload()
	}
	d.r.rest("not read", SectionUnread)
	d.Fields = d.rec.fields
	return d.Description
}

// noteFrame explains the fields before the payload.
func (d *describer) noteFrame() {
	p := d.Packet
	d.rec.note("header", "", fmt.Sprintf("%s, %s", p.Type, p.Route),
		Part{"version", 0xC0, fmt.Sprint(p.Version)},
		Part{"type", 0x3C, fmt.Sprintf("%d %s", byte(p.Type), p.Type)},
		Part{"route", 0x03, fmt.Sprintf("%d %s", byte(p.Route), p.Route)})
	d.matchRegion()
	count := int(p.PathLen & 63)
	d.rec.note("path length", "", plural(count, "hop")+" of "+plural(p.HopWidth(), "byte"),
		Part{"bytes a hop", 0xC0, fmt.Sprint(p.HopWidth())}, Part{"hops", 0x3F, fmt.Sprint(count)})
	i := 0
	for k := range d.rec.fields {
		f := &d.rec.fields[k]
		switch f.Name {
		case "hop":
			f.Note = hopNote(p.Route, i, count)
			i++
		case "SNR":
			f.Value, f.Note = decibels(int8(p.PathBytes[i])), fmt.Sprintf("measured by node %d of the route", i+1)
			i++
		}
	}
}

func hopNote(r Route, i, count int) string {
	switch {
	case !r.IsFlood() && i == 0:
		return "relays next"
	case !r.IsFlood():
		return fmt.Sprintf("relays after %d others", i)
	case i == count-1:
		return fmt.Sprintf("relay %d, the radio that was heard", i+1)
	default:
		return fmt.Sprintf("relay %d", i+1)
	}
}

// plural is a number of things, in words.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

func decibels(quarters int8) string { return fmt.Sprintf("%.2f dB", float64(quarters)/4) }

func (d *describer) matchRegion() {
	p := d.Packet
	note := "scope of the packet; no known region"
	if p.Transport == [2]uint16{} {
		note = "scope: to nowhere"
	}
	if d.Err == nil {
		if name, ok := p.MatchRegion(d.opts.Regions); ok {
			d.Region, note = name, "scope: "+name
		}
	}
	d.rec.note("transport code 0", "", note)
	d.rec.note("transport code 1", "", "not used by the firmware")
}

// Stage tells where the frame was refused: "frame", "payload", or "" when it
// was not.
func (d Description) Stage() string {
	var frame *FrameError
	var payload *PayloadError
	switch {
	case errors.As(d.Err, &frame):
		return "frame"
	case errors.As(d.Err, &payload):
		return "payload"
	default:
		return ""
	}
}

// MarshalJSON writes the object that the decode command prints.
func (d Description) MarshalJSON() ([]byte, error) { return d.Object().MarshalJSON() }

// Object is the description under the names of the decode command. A refused
// frame has an "error", and what was read before it in "partial".
func (d Description) Object() Object {
	if d.Stage() == "frame" {
		o := Object{{"error", d.errorObject()}}
		if part := d.partial(); len(part) > 0 {
			o.set("partial", part)
		}
		return o
	}
	h := d.Packet.Hash()
	o := Object{{"hash", upperHex(h[:])}}
	d.header(&o)
	d.transport(&o)
	d.path(&o)
	o.set("payload", d.Payload)
	if d.Region != "" {
		key := RegionKey(d.Region)
		o.set("region", Object{{"name", d.Region}, {"key", upperHex(key[:])}})
	}
	if d.Err != nil {
		o.set("error", d.errorObject())
	}
	if d.Ignored != "" {
		o.set("ignored", d.Ignored)
	}
	d.airtime(&o)
	return o
}

func (d Description) errorObject() Object {
	var frame *FrameError
	if errors.As(d.Err, &frame) {
		return Object{{"stage", "frame"}, {"reason", frame.Reason}, {"offset", frame.Offset}}
	}
	var payload *PayloadError
	errors.As(d.Err, &payload)
	return Object{{"stage", "payload"}, {"reason", payload.Reason}, {"offset", payload.Offset}}
}

// partial holds what was read of a refused frame.
func (d Description) partial() (o Object) {
	for _, f := range d.Fields {
		switch f.Name {
		case "header":
			d.header(&o)
		case "transport code 1":
			d.transport(&o)
		case "path length":
			o.set("path_len_byte", d.Packet.PathLen)
		}
	}
	d.airtime(&o)
	return o
}

func (d Description) header(o *Object) {
	p := d.Packet
	o.set("route", p.Route.String())
	o.set("route_type", byte(p.Route))
	o.set("type", p.Type.String())
	o.set("payload_type", byte(p.Type))
	o.set("version", p.Version)
}

func (d Description) transport(o *Object) {
	if !d.Packet.Route.HasTransport() {
		o.set("transport_codes", nil)
		return
	}
	o.set("transport_codes", d.Packet.Transport)
}

func (d Description) path(o *Object) {
	p := d.Packet
	o.set("path_len_byte", p.PathLen)
	o.set("hash_size", p.HopWidth())
	if p.Type == TypeTrace {
		o.set("hops", []string{})
		o.hex("path_hex", p.PathBytes)
		return
	}
	o.set("hops", hopStrings(hops{p.PathBytes, p.HopWidth()}))
}

func hopStrings(h hops) []string {
	out := make([]string, 0, h.len())
	for _, hop := range h.all() {
		out = append(out, hop.String())
	}
	return out
}

func (d Description) airtime(o *Object) {
	if d.Airtime > 0 {
		o.set("airtime_ms", float64(d.Airtime.Microseconds())/1000)
	}
}
