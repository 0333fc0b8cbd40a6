package part

import (
	"context"
	"io"
	"sync"

	"github.com/a-h/templ"
)

// Markup is HTML that is being written. Lists have hundreds of rows of a dozen
// parts each; what a template does around each part (a closure, two contexts, a
// map of classes) would cost several times what its text does. So the parts of
// rows are written by hand, and templates use them as components.
type Markup struct {
	b       []byte
	byClock bool // times are of the day, not ages
}

var spareMarkup = sync.Pool{New: func() any { return &Markup{} }}

// Written is a component that fn writes.
func Written(fn func(*Markup)) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		m := spareMarkup.Get().(*Markup)
		defer m.giveBack()
		m.b, m.byClock = m.b[:0], byClock(ctx)
		fn(m)
		_, err := w.Write(m.b)
		return err
	})
}

// spareMost is the largest markup whose memory is kept, in bytes: several times that of
// a long list.
const spareMost = 4 << 20

func (m *Markup) giveBack() {
	if cap(m.b) <= spareMost {
		spareMarkup.Put(m)
	}
}

// Literal is HTML of this program's own text. Constants become one by themselves; a
// text that came from anywhere does not.
type Literal string

// Raw appends HTML as it is.
func (m *Markup) Raw(html Literal) *Markup {
	m.b = append(m.b, html...)
	return m
}

// Text appends a text, which may be hostile, for an element or between the
// quotation marks of an attribute.
func (m *Markup) Text(s string) *Markup {
	from := 0
	for i := range len(s) {
		var with string
		switch s[i] {
		case '&':
			with = "&amp;"
		case '<':
			with = "&lt;"
		case '>':
			with = "&gt;"
		case '"':
			with = "&#34;"
		case '\'':
			with = "&#39;"
		default:
			continue
		}
		m.b = append(append(m.b, s[from:i]...), with...)
		from = i + 1
	}
	m.b = append(m.b, s[from:]...)
	return m
}

// Icon is a symbol of the sprite that every page carries, by its id. It says
// nothing to a screen reader: a text stands beside it.
func (m *Markup) Icon(id string) *Markup {
	return m.Raw(`<svg class="icon" aria-hidden="true" focusable="false"><use href="#`).Text(id).Raw(`"></use></svg>`)
}

// Time is a moment: how long ago, which the script keeps right and which without
// one is told with the time of day; exact on demand.
func (m *Markup) Time(t Moment) *Markup {
	if t.ISO == "" {
		return m.None()
	}
	m.Raw(`<time datetime="`).Text(t.ISO).Raw(`" title="`).Text(t.Full).Raw(`">`)
	if t.Ago != "" && !m.byClock {
		m.Text(t.Ago).Raw(`<noscript> (`).Text(t.Text).Raw(`)</noscript>`)
	} else {
		m.Text(t.Text)
	}
	return m.Raw(`</time>`)
}

// None stands where there is no value.
func (m *Markup) None() *Markup { return m.Raw(`<span class="none" title="not known">—</span>`) }

// Name is a stranger's name, with a link if it has a page.
func (m *Markup) Name(n Named) *Markup {
	class := Literal(`name`)
	if n.Code {
		class = `name hex`
	}
	switch {
	case n.Text == "":
		return m.None()
	case n.Href != "":
		return m.Raw(`<a href="`).Text(n.Href).Raw(`" class="`).Raw(class).Raw(`" title="`).Text(n.Hint).Raw(`"><bdi>`).Text(n.Text).Raw(`</bdi></a>`)
	}
	return m.Raw(`<bdi class="`).Raw(class).Raw(`" title="`).Text(n.Hint).Raw(`">`).Text(n.Text).Raw(`</bdi>`)
}

// Hop is a hop as sent, and the relay's name if it is known.
func (m *Markup) Hop(h HopName) *Markup {
	m.Raw(`<span class="hop">`)
	if h.Href != "" {
		m.Raw(`<a href="`).Text(h.Href).Raw(`">`)
	}
	m.Raw(`<code>`).Text(h.Hex).Raw(`</code> `)
	if h.Name != "" {
		m.Raw(`<bdi class="`).Text(h.Sure).Raw(`" title="`).Text(h.Why).Raw(`">`).Text(h.Name).Raw(`</bdi>`)
	}
	if h.Href != "" {
		m.Raw(`</a>`)
	}
	return m.Raw(`</span>`)
}

// Badge is a payload type.
func (m *Markup) Badge(t Type) *Markup {
	m.Raw(`<span class="badge family-`).Text(t.Family).Raw(`" title="`).Text(t.Means).Raw(`">`)
	return m.Icon("f-" + t.Family).Raw(` `).Text(t.Word).Raw(`</span>`)
}

// Tag is a word in a box: a region, a scope, "late +5 h".
func (m *Markup) Tag(text string) *Markup {
	return m.Raw(`<span class="tag">`).Text(text).Raw(`</span>`)
}

// Role is a node's role: shape with its letter, and the word.
func (m *Markup) Role(r RoleMark) *Markup {
	return m.Raw(`<span class="role-name">`).RoleSign(r.Class, r.Letter).Raw(` `).Text(r.Word).Raw(`</span>`)
}

// RoleSign is the shape of a role alone.
func (m *Markup) RoleSign(class, letter string) *Markup {
	return m.Raw(`<span class="role-mark role-`).Text(class).Raw(`" aria-hidden="true"><span>`).Text(letter).Raw(`</span></span>`)
}

// Status is a state: symbol and word in its tone, and perhaps a note.
func (m *Markup) Status(s State) *Markup {
	m.Raw(`<span class="state tone-`).Text(string(s.Tone)).Raw(`">`).Icon("s-" + string(s.Tone)).Raw(` `).Text(s.Word).Raw(`</span> `)
	if s.Note != "" {
		m.Raw(`<small class="note">`).Text(Whole(s.Note)).Raw(`</small>`)
	}
	return m
}

// Icon is [Markup.Icon] as a component.
func Icon(id string) templ.Component { return Written(func(m *Markup) { m.Icon(id) }) }

// Time is [Markup.Time] as a component.
func Time(t Moment) templ.Component { return Written(func(m *Markup) { m.Time(t) }) }

// None is [Markup.None] as a component.
func None() templ.Component { return Written(func(m *Markup) { m.None() }) }

// Name is [Markup.Name] as a component.
func Name(n Named) templ.Component { return Written(func(m *Markup) { m.Name(n) }) }

// Hop is [Markup.Hop] as a component.
func Hop(h HopName) templ.Component { return Written(func(m *Markup) { m.Hop(h) }) }

// Badge is [Markup.Badge] as a component.
func Badge(t Type) templ.Component { return Written(func(m *Markup) { m.Badge(t) }) }

// Tag is [Markup.Tag] as a component.
func Tag(text string) templ.Component { return Written(func(m *Markup) { m.Tag(text) }) }

// Role is [Markup.Role] as a component.
func Role(r RoleMark) templ.Component { return Written(func(m *Markup) { m.Role(r) }) }

// RoleSign is [Markup.RoleSign] as a component.
func RoleSign(class, letter string) templ.Component {
	return Written(func(m *Markup) { m.RoleSign(class, letter) })
}

// Status is [Markup.Status] as a component.
func Status(s State) templ.Component { return Written(func(m *Markup) { m.Status(s) }) }
