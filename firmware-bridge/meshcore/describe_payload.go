package meshcore

import (
	"errors"
	"fmt"
	"time"
)

// describePayload reads the payload by its type. Too short a payload stays raw.
func (d *describer) describePayload() {
	start := d.r.off
	o, err := d.payload()
	if d.Payload = o; o == nil {
		d.r.off = start
		d.Payload = Object{{"raw", upperHex(d.Packet.Payload)}}
		d.r.rest("payload", SectionPayload)
	}
	if err != nil {
		d.Err = err
	}
	if d.Ignored == "" {
		d.Ignored = ignored(d.Packet)
	}
}

// payload gives the members of the payload, nil when it cannot be read.
func (d *describer) payload() (Object, error) {
	switch t := d.Packet.Type; t {
	case TypeReq, TypeResponse, TypeTxtMsg, TypePath:
		return d.envelope()
	case TypeAck:
		return d.ack()
	case TypeAdvert:
		return d.advert()
	case TypeGrpTxt, TypeGrpData:
		return d.group()
	case TypeAnonReq:
		return d.anon()
	case TypeTrace:
		return d.trace()
	case TypeMultipart:
		return d.multipart()
	case TypeControl:
		return d.control()
	default:
		return Object{{"data", upperHex(d.r.rest("data", SectionPayload))}}, nil
	}
}

// ignored tells why the firmware does not process a packet of this kind. What
// depends on the payload's content is decided with it.
func ignored(p Packet) string {
	flood := p.Route.IsFlood()
	switch t := p.Type; {
	case t == TypeTrace && flood:
		return IgnoredTraceFlood
	case t == TypeTrace && p.PathLen > MaxHops:
		return IgnoredTracePathLen
	case t == TypeControl && flood:
		return IgnoredControlFlood
	case t == TypeControl && len(p.Payload) > 0 && p.Payload[0]&0x80 == 0:
		return IgnoredControlLowSubtype
	case t == TypeControl && p.PathLen&63 != 0:
		return IgnoredControlHops
	case t == TypeRawCustom && flood:
		return IgnoredRawCustomFlood
	case t >= 12 && t <= 14:
		return IgnoredUnknownType
	}
	return ""
}

func (d *describer) ack() (Object, error) {
	a, err := parseAck(&d.r)
	if err != nil {
		return nil, err
	}
	var o Object
	d.ackMembers(&o, a)
	if len(a.Extra) > 0 {
		o.hex("extra", a.Extra)
	}
	if n, ok := a.Unsynced(); ok {
		o.set("unsynced_count", n)
	}
	return o, nil
}

func (d *describer) ackMembers(o *Object, a Ack) {
	o.hex("ack_crc", a.Code[:])
	o.set("ack_crc_u32", a.Uint32())
	d.rec.note("ack code", "", "start of SHA-256 of the message and a key: only its two ends can check it")
	d.rec.note("random", "", "makes each ACK another packet")
	if attempt, random, ok := a.Attempt(); ok {
		o.set("ext_attempt", attempt)
		o.set("random", random)
	}
}

func (d *describer) multipart() (Object, error) {
	m, a, err := parseMultipart(&d.r)
	var p *PayloadError
	if errors.As(err, &p) && p.Reason == ReasonPayloadTooShort {
		return nil, err
	}
	o := Object{{"remaining", m.Remaining}, {"inner_type", byte(m.Inner)}, {"inner_type_name", m.Inner.String()}}
	o.hex("inner", m.Data)
	d.rec.note("multipart", "", fmt.Sprintf("%s, %d more to follow", m.Inner, m.Remaining),
		Part{"still to follow", 0xF0, fmt.Sprint(m.Remaining)}, Part{"inner type", 0x0F, m.Inner.String()})
	if m.Inner != TypeAck {
		d.Ignored = IgnoredMultipartInner
		return o, nil
	}
	if err == nil {
		d.ackMembers(&o, a)
	}
	return o, err
}

func (d *describer) trace() (Object, error) {
	t, err := parseTrace(&d.r)
	if err != nil {
		return nil, err
	}
	d.rec.note("flags", "", plural(t.HashSize(), "byte")+" a node of the route",
		Part{"hash size", 0x03, fmt.Sprint(t.HashSize())})
	route := make([]string, 0, t.Len())
	for _, h := range t.All() {
		route = append(route, upperHex(h))
	}
	snrs, _ := d.Packet.TraceSNR()
	quarters := make([]int8, 0, snrs.Len())
	for _, q := range snrs.All() {
		quarters = append(quarters, q)
	}
	o := Object{{"tag", t.Tag}, {"auth_code", t.AuthCode}, {"flags", t.Flags}, {"hash_size", t.HashSize()},
		{"path_hashes", route}, {"snr_x4", quarters}, {"at_end", t.AtEnd(d.Packet.PathLen)}}
	if len(t.Trailing()) > 0 {
		o.hex("trailing", t.Trailing())
	}
	return o, nil
}

func (d *describer) control() (Object, error) {
	c, err := parseControl(&d.r)
	if err != nil {
		return nil, err
	}
	name := map[byte]string{ControlDiscoverRequest: "DISCOVER_REQ", ControlDiscoverResponse: "DISCOVER_RESP"}[c.SubType()]
	if name == "" {
		name = "UNKNOWN"
	}
	d.rec.note("control", "", name, Part{"sub-type", 0xF0, fmt.Sprint(c.SubType())}, Part{"flags", 0x0F, fmt.Sprint(c.Flags & 15)})
	o := Object{{"flags", c.Flags}, {"sub_type", c.SubType()}, {"zero_hop_only", c.ZeroHopOnly()}, {"name", name}}
	start := d.r.off
	switch c.SubType() {
	case ControlDiscoverRequest:
		err = d.discoverRequest(&o, c.Flags)
	case ControlDiscoverResponse:
		err = d.discoverResponse(&o, c.Flags)
	}
	if err != nil || name == "UNKNOWN" {
		d.r.off = start
		o.hex("data", d.r.rest("data", SectionData))
	}
	return o, err
}

func (d *describer) discoverRequest(o *Object, flags byte) error {
	q, err := parseDiscoverRequest(&d.r, flags)
	if err != nil {
		return err
	}
	roles := []string{}
	for _, r := range q.Roles() {
		roles = append(roles, r.firmwareName())
	}
	o.set("prefix_only", q.PrefixOnly)
	o.set("type_filter", q.TypeFilter)
	o.set("filter_roles", roles)
	o.set("tag", q.Tag)
	o.set("since", q.Since)
	d.rec.note("type filter", "", fmt.Sprint("asks for ", q.Roles()))
	d.noteTime("since", q.Since)
	return nil
}

func (d *describer) discoverResponse(o *Object, flags byte) error {
	a, err := parseDiscoverResponse(&d.r, flags)
	if err != nil {
		return err
	}
	o.set("node_type", byte(a.Role))
	o.set("role", a.Role.firmwareName())
	o.set("snr_x4", a.SNR)
	o.set("tag", a.Tag)
	o.hex("public_key", a.Key)
	d.rec.note("SNR", decibels(a.SNR), "with which the request was heard")
	d.rec.note("public key", "", a.Role.String())
	return nil
}

// noteTime explains a field of unix seconds.
func (d *describer) noteTime(name string, t uint32) { noteTime(&d.rec, name, t) }

func noteTime(c *recorder, name string, t uint32) {
	c.note(name, "", time.Unix(int64(t), 0).UTC().Format("2006-01-02 15:04:05 UTC"))
}
