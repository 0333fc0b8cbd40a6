package ui

import (
	"strconv"

	"hilltop/ui/part"

	"github.com/a-h/templ"
)

// packetRows are the rows of the list.
func packetRows(rows []PacketRow) templ.Component {
	return part.Written(func(m *part.Markup) {
		for i := range rows {
			writePacket(m, &rows[i])
		}
	})
}

// Packet is one row of the list, also when it comes in live.
func Packet(r PacketRow) templ.Component {
	return part.Written(func(m *part.Markup) { writePacket(m, &r) })
}

func writePacket(m *part.Markup, r *PacketRow) {
	m.Raw(`<li class="packet" id="`).Text(r.ID).Raw(`" data-at="`).Text(r.At).Raw(`">`)
	writeStripe(m, r.Stripe)
	m.Raw(`<p class="packet-when">`).Time(r.When)
	if r.Late != "" {
		m.Tag(r.Late)
	}
	m.Raw(`</p><p class="packet-type">`).Badge(r.Type)
	m.Raw(`</p><p class="packet-say">`)
	writePreview(m, &r.Say)
	m.Raw(`</p><div class="packet-path"><span class="only-read">Path:</span>`)
	writePath(m, &r.Path)
	m.Raw(`</div><p class="packet-observer">`)
	if r.Each {
		m.Raw(`<span class="only-read">Received by</span>`)
	} else {
		m.Raw(`<span class="only-read">First received by</span>`)
	}
	m.Name(r.Observer)
	if r.Others != "" {
		m.Raw(`<small class="note">`).Text(r.Others).Raw(`</small>`)
	}
	m.Raw(`</p><p class="packet-regions">`)
	for _, s := range r.Regions {
		m.Raw(`<span class="tag"><bdi>`).Text(s).Raw(`</bdi></span> `)
	}
	if r.Signal != "" {
		m.Raw(`<span class="num note">`).Text(r.Signal).Raw(`</span>`)
	}
	m.Raw(`</p><p class="packet-route"><span>`).Text(r.Route).Raw(`</span> `)
	if r.Scope != "" {
		m.Raw(`<span class="tag scope" title="scope"><bdi>`).Text(r.Scope).Raw(`</bdi></span> `)
	}
	m.Raw(`<span title="size of the frame">`).Text(r.Size).Raw(`</span> `)
	if r.Width != "" {
		m.Raw(`<span title="hop width: bytes of a relay's key in the path">`).Text(r.Width)
		m.Raw(`<span aria-hidden="true">/hop</span><span class="only-read">hop width</span></span>`)
	}
	m.Raw(`</p><p class="packet-hash"><a class="hex" href="`).Text(r.Href).Raw(`">`).Text(r.Hash).Raw(`</a></p>`)
	writeCopies(m, r)
	m.Raw(`</li>`)
}

// writeCopies says how many copies there are, and lists them when they are
// unfolded.
func writeCopies(m *part.Markup, r *PacketRow) {
	if r.Unfold == "" {
		m.Raw(`<p class="packet-copies">`).Text(r.Copies).Raw(` `)
		if r.Each {
			m.Raw(`<span class="only-read">after the first copy</span></p>`)
		} else {
			m.Raw(`<span class="only-read">copy</span></p>`)
		}
		return
	}
	m.Raw(`<details class="packet-copies"`)
	if len(r.Receptions) > 0 {
		m.Raw(` open data-unfolded`)
	} else {
		m.Raw(` data-from="`).Text(r.Unfold).Raw(`"`)
	}
	m.Raw(`><summary>`).Text(r.Copies).Raw(`<span class="only-read">copies: show receptions</span></summary>`)
	if len(r.Receptions) > 0 {
		m.Raw(`<ol class="receptions">`)
		for i := range r.Receptions {
			writeReception(m, &r.Receptions[i])
		}
		m.Raw(`</ol>`)
	}
	if r.More != "" {
		m.Raw(`<p><a href="`).Text(r.MoreHref).Raw(`">`).Text(r.More).Raw(`</a></p>`)
	}
	m.Raw(`</details>`)
}

func writeReception(m *part.Markup, x *ReceptionLine) {
	m.Raw(`<li><a class="reception-delay" href="`).Text(x.Href).Raw(`" title="`).Text(x.When.Full).Raw(`">`).Text(x.Delay)
	m.Raw(`</a> <span class="reception-observer">`).Name(x.Observer)
	if x.Region != "" {
		m.Raw(`<span class="tag"><bdi>`).Text(x.Region).Raw(`</bdi></span> `)
	}
	if x.Late != "" {
		m.Tag(x.Late)
	}
	m.Raw(`</span> <span class="reception-signal"><span class="num">`).Text(x.SNR)
	m.Raw(`</span> <span class="num note">`).Text(x.RSSI).Raw(`</span></span> <span class="reception-path">`)
	writePath(m, &x.Path)
	m.Raw(`</span></li>`)
}

// stripe is a packet's colour: identity, without meaning.
func stripe(colour string) templ.Component {
	return part.Written(func(m *part.Markup) { writeStripe(m, colour) })
}

func writeStripe(m *part.Markup, colour string) {
	m.Raw(`<svg class="stripe" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect width="1" height="1" fill="`)
	m.Text(colour).Raw(`"></rect></svg>`)
}

// path is the path of one copy: hops as sent, clipped, never mixed with what
// is still to go.
func path(p PathCell) templ.Component {
	return part.Written(func(m *part.Markup) { writePath(m, &p) })
}

func writePath(m *part.Markup, p *PathCell) {
	m.Raw(`<span class="path path-`).Text(p.Kind).Raw(`">`)
	if p.Lead != "" {
		m.Raw(`<span class="path-lead">`).Text(p.Lead).Raw(`</span> `)
	}
	if p.Empty != "" {
		m.Raw(`<span class="note">`).Text(p.Empty).Raw(`</span>`)
	}
	writeHops(m, p.Hops)
	if len(p.Rest) > 0 {
		m.Raw(`<details class="path-rest"><summary>+`).Text(strconv.Itoa(len(p.Rest)))
		m.Raw(`<span class="only-read">more hops</span></summary> <span>`).Raw(arrow)
		writeHops(m, p.Rest)
		m.Raw(`</span></details> `)
	}
	if p.More != "" {
		m.Raw(`<small class="note">`).Text(p.More).Raw(`</small>`)
	}
	m.Raw(`</span>`)
}

// arrow stands between hops.
const arrow = `<span class="arrow" aria-hidden="true">→</span>`

func hopRun(all []part.HopName) templ.Component {
	return part.Written(func(m *part.Markup) { writeHops(m, all) })
}

func writeHops(m *part.Markup, all []part.HopName) {
	for i, h := range all {
		if i > 0 {
			m.Raw(arrow)
		}
		m.Raw(` `).Hop(h)
	}
}

// preview is what a packet says, in a line.
func preview(p Preview) templ.Component {
	return part.Written(func(m *part.Markup) { writePreview(m, &p) })
}

func writePreview(m *part.Markup, p *Preview) {
	if p.Tag != "" && p.TagHref != "" {
		m.Raw(`<a class="tag packet-channel `).Text(p.TagHue).Raw(`" href="`).Text(p.TagHref).Raw(`"><bdi>`).Text(p.Tag).Raw(`</bdi></a> `)
	} else if p.Tag != "" {
		m.Raw(`<span class="tag packet-channel locked" title="hash byte of the channel">`).Icon("i-lock")
		m.Raw(`<span class="only-read">locked</span> <code>`).Text(p.Tag).Raw(`</code></span> `)
	}
	if p.Role.Word != "" {
		m.Raw(`<span class="packet-role">`).Role(p.Role).Raw(`</span> `)
	}
	if p.Who.Text != "" {
		m.Raw(`<strong class="who">`).Name(p.Who).Raw(`</strong> `)
	}
	if p.Clock != "" {
		m.Raw(`<span class="tag tone-warn">`).Text(p.Clock).Raw(`</span> `)
	}
	if p.Text != "" {
		m.Raw(`<bdi class="said">`).Text(p.Text).Raw(`</bdi> `)
	}
	if p.Note != "" {
		m.Raw(`<span class="note">`).Text(p.Note).Raw(`</span>`)
	}
}
