package web

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"

	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
	"hilltop/ui/part"
)

// preview is what a packet says, in a line.
func preview(c report.Content) ui.Preview {
	switch {
	case c.Err != nil:
		return ui.Preview{Note: "payload cannot be read: " + payloadWhy(c.Err)}
	case c.Group != nil:
		return groupPreview(*c.Group)
	case c.Advert != nil:
		return advertPreview(*c.Advert)
	case c.Ends != nil:
		return endsPreview(*c.Ends)
	case c.Trace != nil:
		return tracePreview(*c.Trace)
	case c.Discover != nil:
		return discoverPreview(*c.Discover)
	case c.Ack != nil:
		return ui.Preview{Note: ackNote(*c.Ack)}
	case c.Multipart != nil:
		return multipartPreview(*c.Multipart)
	}
	note := plural(int64(c.Size), "byte", "bytes")
	if c.Size > 0 {
		note += fmt.Sprintf(", first %02X", c.Raw[0])
	}
	return ui.Preview{Note: note}
}

// payloadWhy words why a payload was refused.
func payloadWhy(err error) string {
	s := err.Error()
	if _, after, ok := strings.Cut(s, ": "); ok {
		s = after
	}
	return strings.ReplaceAll(s, "_", " ")
}

// lockWhy says why a channel's packet cannot be read.
func lockWhy(l report.Lock) string {
	switch l {
	case report.LockNoKey:
		return "no key here"
	case report.LockWrongKey:
		return "known keys do not fit"
	case report.LockUnaligned:
		return "cut off: no key can fit"
	case report.LockBroken:
		return "not readable"
	}
	return ""
}

func groupPreview(g report.Group) ui.Preview {
	p := ui.Preview{Tag: fmt.Sprintf("%02X", g.HashByte), Locked: g.Lock != report.LockOpen}
	if g.Channel != "" {
		p.Tag = clean(g.Channel, nameLimit)
		p.TagHref, p.TagHue = channelHref(g.Channel), hueOf(g.Channel)
	}
	switch {
	case g.Text != nil && g.Text.HasSender:
		p.Who = part.Named{Text: clean(g.Text.Sender, nameLimit)}
		p.Text = clean(g.Text.Message, textShown)
	case g.Text != nil:
		p.Text = clean(g.Text.Text, textShown)
	case g.Data != nil:
		p.Note = fmt.Sprintf("data of type %04X, %s", g.Data.DataType, plural(int64(len(g.Data.Data)), "byte", "bytes"))
	default:
		p.Note = lockWhy(g.Lock)
	}
	return p
}

// channelsAt is the address of the list of channels.
const channelsAt = "/channels"

func channelHref(name string) string { return channelsAt + "/" + url.PathEscape(name) }

func advertPreview(a report.Advert) ui.Preview {
	p := ui.Preview{Role: roleMark(a.Role), Who: advertNamed(a)}
	if !a.Signed {
		p.Note = "signature does not fit: not by this node"
	} else if !a.AppDataValid {
		p.Note = "says nothing of itself"
	}
	return p
}

// advertNamed names the node of an advert. Only a signature leads to the node.
func advertNamed(a report.Advert) part.Named {
	n := part.Named{Text: strings.TrimSpace(clean(a.Name, nameLimit)), Hint: a.Key.String()}
	if n.Text == "" {
		n.Text, n.Code = a.Key.String()[:8]+"…", true
	}
	if a.Signed && a.Known {
		n.Href = nodeHref(a.Key)
	}
	return n
}

func endsPreview(e report.Ends) ui.Preview {
	if e.Sender != nil {
		return ui.Preview{Note: fmt.Sprintf("%s… → %02X", e.Sender.String()[:8], e.Dest)}
	}
	return ui.Preview{Note: fmt.Sprintf("%02X → %02X", e.Src, e.Dest)}
}

func tracePreview(t meshcore.Trace) ui.Preview {
	var hops []string
	for i, h := range t.All() {
		if i == pathShown {
			hops = append(hops, fmt.Sprintf("+%d", t.Len()-i))
			break
		}
		hops = append(hops, upperHex(h))
	}
	note := fmt.Sprintf("tag %08X", t.Tag)
	if len(hops) > 0 {
		note += ", route " + strings.Join(hops, " → ")
	}
	return ui.Preview{Note: note}
}

func discoverPreview(d report.Discover) ui.Preview {
	switch {
	case d.Request != nil:
		var roles []string
		for _, r := range d.Request.Roles() {
			roles = append(roles, r.String())
		}
		note := fmt.Sprintf("who is near? tag %08X", d.Request.Tag)
		if len(roles) > 0 {
			note += ", asks " + strings.Join(roles, ", ")
		}
		if d.Request.HasSince && d.Request.Since != 0 {
			note += ", changed since " + unixText(d.Request.Since)
		}
		return ui.Preview{Note: note}
	case d.Response != nil:
		r := d.Response
		key := hex.EncodeToString(r.Key)
		return ui.Preview{
			Role: roleMark(r.Role), Who: part.Named{Text: key[:min(8, len(key))] + "…", Code: true, Hint: key},
			Note: fmt.Sprintf("is near: heard the question at %s, tag %08X", traceText(r.SNR), r.Tag),
		}
	}
	return ui.Preview{Note: fmt.Sprintf("sub-type %X, %s", d.Control.SubType(), plural(int64(len(d.Control.Data)), "byte", "bytes"))}
}

func ackNote(a meshcore.Ack) string {
	note := fmt.Sprintf("code %s", upperHex(a.Code[:]))
	if n, ok := a.Unsynced(); ok {
		note += fmt.Sprintf(", %s to come", plural(int64(n), "post", "posts"))
	}
	if attempt, _, ok := a.Attempt(); ok {
		note += fmt.Sprintf(", attempt %d", attempt)
	}
	return note
}

func multipartPreview(m meshcore.Multipart) ui.Preview {
	note := packetType(m.Inner).Word + " inside"
	if a, ok := m.Ack(); ok {
		note = "ACK " + ackNote(a)
	}
	return ui.Preview{Note: fmt.Sprintf("%s, %d to follow", note, m.Remaining)}
}
