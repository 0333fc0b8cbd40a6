package resolve

import "math"

// Relearn estimates the ambiguous evidence anew from stored floods: the certain
// part of all counts stays, the soft part is gathered again with the beliefs of
// a model that has seen it all. Early errors, which an online count keeps until
// they fade, are not repeated.
type Relearn struct {
	from, to *Model
	w        Work
}

// Relearn starts a re-estimation with what the model knows now; the model stays
// as it is.
func (m *Model) Relearn() *Relearn {
	to := m.Clone()
	to.restart()
	for i := range to.ears.vals {
		to.ears.vals[i].snrN, to.ears.vals[i].snrS = 0, 0
	}
	return &Relearn{from: m, to: to}
}

// Add takes a stored flood in; the order does not matter.
func (r *Relearn) Add(f *Flood) {
	if !f.usable() {
		return
	}
	r.w.resolve(r.from, f)
	age := max(0, float64(r.from.now-f.At))
	r.to.learnTree(&r.w, lesson{weight: math.Exp2(-age / halfLife), again: true})
}

// Model is the model with the new estimate.
func (r *Relearn) Model() *Model {
	r.to.refresh()
	return r.to
}
