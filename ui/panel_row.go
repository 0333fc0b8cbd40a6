package ui

import (
	"hilltop/ui/part"

	"github.com/a-h/templ"
)

// panelRows are the rows of a panel's table.
func panelRows(t PanelTable) templ.Component {
	return part.Written(func(m *part.Markup) {
		for _, row := range t.Rows {
			m.Raw(`<tr>`)
			for i := range row {
				writeCell(m, &t.Columns[i], &row[i], i == 0)
			}
			m.Raw(`</tr>`)
		}
	})
}

func writeCell(m *part.Markup, col *part.Column, c *Cell, lead bool) {
	m.Raw(`<td data-label="`).Text(col.Label)
	switch {
	case lead && col.Numeric:
		m.Raw(`" class="lead number">`)
	case lead:
		m.Raw(`" class="lead">`)
	case col.Numeric:
		m.Raw(`" class="number">`)
	default:
		m.Raw(`">`)
	}
	switch {
	case c.Named != nil:
		m.Name(*c.Named)
	case c.When != nil:
		m.Time(*c.When)
	case c.Alien != "":
		m.Raw(`<bdi>`).Text(c.Alien).Raw(`</bdi>`)
	case c.Code != "" && c.Href != "":
		m.Raw(`<a class="hex" href="`).Text(c.Href).Raw(`">`).Text(c.Code).Raw(`</a>`)
	case c.Code != "":
		m.Raw(`<code class="hex">`).Text(c.Code).Raw(`</code>`)
	default:
		if c.Text == "" {
			m.None()
		} else {
			m.Text(part.Whole(c.Text))
		}
		if c.Of > 0 {
			m.Raw(`<span class="cell-share">`).Share(c.Of).Raw(`</span>`)
		}
	}
	m.Raw(`</td>`)
}
