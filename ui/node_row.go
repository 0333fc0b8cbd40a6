package ui

import (
	"hilltop/ui/part"

	"github.com/a-h/templ"
)

// nodeRows are the rows of the list.
func nodeRows(rows []NodeRow) templ.Component {
	return part.Written(func(m *part.Markup) {
		for i := range rows {
			writeNode(m, &rows[i])
		}
	})
}

// NodeLine is one row of the list, also when it comes in live.
func NodeLine(r NodeRow) templ.Component {
	return part.Written(func(m *part.Markup) { writeNode(m, &r) })
}

func writeNode(m *part.Markup, r *NodeRow) {
	m.Raw(`<tr id="`).Text(r.ID).Raw(`" data-at="`).Text(r.At).Raw(`"><td class="lead">`)
	writeStar(m, &r.Star)
	m.Name(r.Name)
	if r.Namesakes.Text != "" {
		m.Raw(`<a class="tag" href="`).Text(r.Namesakes.Href).Raw(`" title="`).Text(r.Namesakes.Hint).Raw(`">`).Text(r.Namesakes.Text)
		m.Raw(`<span class="only-read"> with this name</span></a> `)
	}
	if r.Clock != "" {
		m.Raw(`<small class="tag tone-warn">`).Icon("i-warn").Raw(` `).Text(r.Clock).Raw(`</small>`)
	}
	m.Raw(`</td><td data-label="State">`).Status(r.State)
	m.Raw(`</td><td data-label="Role">`).Role(r.Role)
	m.Raw(`</td><td data-label="Key">`)
	writeKey(m, &r.Key)
	m.Raw(`</td><td data-label="Last heard">`).Time(r.Heard)
	m.Raw(`</td><td data-label="Last advert">`).Time(r.Advert)
	m.Raw(`</td><td data-label="Last relayed">`).Time(r.Relayed)
	m.Raw(`</td><td data-label="First advert">`).Time(r.First)
	m.Raw(`</td><td data-label="Adverts" class="number">`).Text(r.Adverts)
	m.Raw(`</td><td data-label="Scope">`)
	if r.Scope == "" {
		m.None()
	} else {
		m.Raw(`<bdi>`).Text(r.Scope).Raw(`</bdi>`)
	}
	m.Raw(`</td><td data-label="Position">`)
	if r.Doubt == "" {
		m.Text(r.Position)
	} else {
		m.Raw(`<span title="`).Text(r.Doubt).Raw(`">doubted</span> <span class="only-read">: `).Text(r.Doubt).Raw(`</span>`)
	}
	m.Raw(`</td></tr>`)
}

// starMark marks what a row shows as one of the viewer's own, or no longer so.
func starMark(s StarMark) templ.Component {
	return part.Written(func(m *part.Markup) { writeStar(m, &s) })
}

func writeStar(m *part.Markup, s *StarMark) {
	m.Raw(`<button form="starring" class="star" name="toggle" value="`).Text(s.Of)
	m.Raw(`" aria-label="Star `).Text(plain(s.Name)).Raw(`" title="Star"`)
	if s.On {
		m.Raw(` aria-pressed="true">`)
	} else {
		m.Raw(` aria-pressed="false">`)
	}
	m.Icon("i-star").Raw(`</button>`)
}

// writeKey is a key in short, with what stands in paths put forward.
func writeKey(m *part.Markup, k *KeyMark) {
	m.Raw(`<code class="hex key" title="`).Text(k.Full).Raw(`"><strong>`).Text(k.Hop).Raw(`</strong>`).Text(k.Rest).Raw(`…</code>`)
}
