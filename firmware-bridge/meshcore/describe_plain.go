package meshcore

import (
	"errors"
	"fmt"
)

func (d *describer) group() (Object, error) {
	g, err := parseGroup(&d.r)
	if err != nil {
		return nil, err
	}
	o := Object{{"channel_hash", upperHex([]byte{g.Channel})}}
	ciphertextMembers(&o, g.MAC, g.Ciphertext)
	opened, err := d.opts.Ring.open(g)
	if err != nil {
		d.rec.note("channel hash", "", "channel is not known")
		d.rec.note("ciphertext", "", err.Error())
		return o, nil
	}
	d.rec.note("channel hash", "", "channel "+ValidText(opened.Channel.Name))
	d.rec.note("MAC", "", "fits the key")
	plain := Object{{"channel", opened.Channel.Name}, {"key", upperHex(opened.Channel.Key.Bytes())}, {"plaintext", upperHex(opened.Plain)}}
	d.plaintext(opened.Plain, func(r *reader) {
		if d.Packet.Type == TypeGrpTxt {
			groupTextMembers(&plain, r)
		} else {
			groupDataMembers(&plain, r)
		}
	})
	o.set("decrypted", plain)
	return o, nil
}

// plaintext reads a decrypted payload and keeps its fields.
func (d *describer) plaintext(plain []byte, read func(*reader)) {
	var rec recorder
	r := reader{b: plain, rec: &rec}
	read(&r)
	r.rest("not read", SectionUnread)
	d.Plaintext, d.Plain = plain, rec.fields
}

func ciphertextMembers(o *Object, mac [2]byte, ciphertext []byte) {
	o.hex("mac", mac[:])
	o.hex("ciphertext", ciphertext)
	if len(ciphertext)%16 != 0 {
		o.set("ciphertext_unaligned", true)
	}
}

func groupTextMembers(o *Object, r *reader) {
	t := parseGroupText(r)
	textMembers(o, r.rec, t.Timestamp, t.TxtType, t.Attempt)
	o.text("text", t.Text)
	r.rec.note("text", ValidText(t.Text), "")
	if t.HasSender {
		o.set("sender", ValidText(t.Sender))
		o.set("message", ValidText(t.Message))
	}
	if t.TxtType != 0 {
		o.set("dropped", "unsupported_txt_type")
	}
}

func textMembers(o *Object, rec *recorder, timestamp uint32, txtType, attempt byte) {
	o.set("timestamp", timestamp)
	o.set("txt_type", txtType)
	o.set("attempt", attempt)
	noteTime(rec, "timestamp", timestamp)
	rec.note("flags", "", fmt.Sprintf("text type %d, attempt %d", txtType, attempt),
		Part{"text type", 0xFC, fmt.Sprint(txtType)}, Part{"attempt", 0x03, fmt.Sprint(attempt)})
}

func groupDataMembers(o *Object, r *reader) {
	g, err := parseGroupData(r)
	o.set("data_type", g.DataType)
	o.set("data_len", g.DataLen)
	if err != nil {
		o.set("dropped", "data_len_exceeds_plaintext")
		return
	}
	o.hex("data", g.Data)
	r.rec.note("data type", "", dataTypeNote(g.DataType))
}

func (d *describer) envelope() (Object, error) {
	e, err := parseEnvelope(&d.r)
	if err != nil {
		return nil, err
	}
	o := Object{{"dest_hash", upperHex([]byte{e.Dest})}, {"src_hash", upperHex([]byte{e.Src})}}
	ciphertextMembers(&o, e.MAC, e.Ciphertext)
	d.rec.note("destination hash", "", "first byte of the recipient's key")
	d.rec.note("source hash", "", "first byte of the sender's key")
	read := map[Type]func(*Object, *reader){
		TypeReq: requestMembers, TypeResponse: responseMembers, TypeTxtMsg: directTextMembers, TypePath: returnedPathMembers,
	}[d.Packet.Type]
	d.direct(&o, e.MAC, e.Ciphertext, read)
	return o, nil
}

func (d *describer) anon() (Object, error) {
	e, err := parseAnonEnvelope(&d.r)
	if err != nil {
		return nil, err
	}
	o := Object{{"dest_hash", upperHex([]byte{e.Dest})}, {"sender_public_key", upperHex(e.Sender[:])}}
	ciphertextMembers(&o, e.MAC, e.Ciphertext)
	d.rec.note("destination hash", "", "first byte of the recipient's key")
	d.direct(&o, e.MAC, e.Ciphertext, anonMembers)
	return o, nil
}

// direct decrypts with the first secret that fits.
func (d *describer) direct(o *Object, mac [2]byte, ciphertext []byte, read func(*Object, *reader)) {
	for _, k := range d.opts.Secrets {
		plain, err := k.Open(mac, ciphertext)
		if err != nil {
			continue
		}
		m := Object{{"secret", upperHex(k[:])}, {"plaintext", upperHex(plain)}}
		d.plaintext(plain, func(r *reader) { read(&m, r) })
		d.rec.note("MAC", "", "fits the secret")
		o.set("decrypted", m)
		return
	}
}

func requestMembers(o *Object, r *reader) {
	if q, err := parseRequest(r); err == nil {
		o.set("timestamp", q.Timestamp)
		o.set("req_type", q.Kind)
		o.hex("req_data", q.Data)
		noteTime(r.rec, "timestamp", q.Timestamp)
	}
}

func responseMembers(o *Object, r *reader) {
	if t, err := parseTagged(r, "tag"); err == nil {
		o.set("tag", t.Tag)
		o.hex("body", t.Body)
	}
}

func anonMembers(o *Object, r *reader) {
	if t, err := parseTagged(r, "timestamp"); err == nil {
		o.set("timestamp", t.Tag)
		o.hex("body", t.Body)
		noteTime(r.rec, "timestamp", t.Tag)
	}
}

func directTextMembers(o *Object, r *reader) {
	t, err := parseDirectText(r)
	if err != nil {
		return
	}
	textMembers(o, r.rec, t.Timestamp, t.TxtType, t.Attempt)
	if t.TxtType == TextSigned {
		o.hex("sender_prefix", t.Author[:])
	}
	o.text("text", t.Text)
	r.rec.note("text", ValidText(t.Text), "")
	if t.ExtAttempt != 0 {
		o.set("ext_attempt", t.ExtAttempt)
	}
}

func returnedPathMembers(o *Object, r *reader) {
	p, err := parseReturnedPath(r)
	if errors.Is(err, ErrBadPath) {
		o.set("dropped", "bad_path_len")
		return
	}
	o.set("path_len_byte", p.PathLen)
	o.set("hash_size", p.HopWidth())
	o.set("path", hopStrings(hops{p.PathBytes, p.HopWidth()}))
	o.set("extra_type", byte(p.ExtraType))
	o.hex("extra", p.Extra)
	r.rec.note("extra type", "", p.ExtraType.String())
}
