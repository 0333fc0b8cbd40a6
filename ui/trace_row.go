package ui

import (
	"hilltop/ui/part"

	"github.com/a-h/templ"
)

// traceRows are the rows of the list of traces.
func traceRows(rows []TraceRow) templ.Component {
	return part.Written(func(m *part.Markup) {
		for i := range rows {
			writeTrace(m, &rows[i])
		}
	})
}

func writeTrace(m *part.Markup, r *TraceRow) {
	m.Raw(`<tr><td class="lead"><code class="hex">`).Text(r.Tag).Raw(`</code> <small class="note">`).Text(part.Whole(r.Kind))
	m.Raw(`</small></td><td data-label="Began">`).Time(r.Began)
	m.Raw(`</td><td class="wide" data-label="Route and SNR">`)
	if len(r.Legs) == 0 {
		m.None()
	} else {
		m.Raw(`<ol class="legs run">`)
		for i := range r.Legs {
			writeLeg(m, &r.Legs[i], true)
		}
		m.Raw(`</ol>`)
	}
	m.Raw(`</td><td class="number" data-label="Hops done">`).Text(r.Done)
	m.Raw(`</td><td class="wide" data-label="Stages">`)
	writeStages(m, r.Stages)
	m.Raw(`</td><td class="number" data-label="Copies">`).Text(r.Copies).Raw(`</td></tr>`)
}

// traceLegs is a planned route with what was measured so far, one node a line.
func traceLegs(all []TraceLeg) templ.Component {
	return part.Written(func(m *part.Markup) {
		m.Raw(`<ol class="legs">`)
		for i := range all {
			writeLeg(m, &all[i], false)
		}
		m.Raw(`</ol>`)
	})
}

// writeLeg is a node of a planned route, in a row that holds all of them or a line
// of its own.
func writeLeg(m *part.Markup, l *TraceLeg, run bool) {
	if l.Done {
		m.Raw(`<li class="done">`).Hop(l.Hop).Raw(`<span class="num">`).Text(l.SNR).Raw(`</span></li>`)
		return
	}
	m.Raw(`<li>`).Hop(l.Hop)
	if run {
		m.Raw(`<span class="note" title="not reached">–<span class="only-read">not reached</span></span></li>`)
	} else {
		m.Raw(`<span class="note">not reached when this was heard</span></li>`)
	}
}

// traceStages leads to the packets of a trace.
func traceStages(all []TraceStage) templ.Component {
	return part.Written(func(m *part.Markup) { writeStages(m, all) })
}

func writeStages(m *part.Markup, all []TraceStage) {
	m.Raw(`<span class="stages">`)
	for i := range all {
		s := &all[i]
		m.Raw(`<a class="tag`)
		if s.Here {
			m.Raw(` on" aria-current="true`)
		}
		m.Raw(`" href="`).Text(s.Href).Raw(`" title="`).Text(s.Hint).Raw(`">`).Text(s.Text)
		m.Raw(`<span class="only-read">: `).Text(s.Hint).Raw(`</span></a>`)
	}
	m.Raw(`</span>`)
}
