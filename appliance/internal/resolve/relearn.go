package resolve

import "math"

// Relearn estimates the ambiguous evidence anew from stored floods: the certain
// part of all counts stays, the soft part is gathered again with the beliefs of
// a model that has seen it all. Early errors, which an online count keeps until
// they fade, are not repeated.
//
// The floods are streamed twice: to Add, then, after Settle, to Audit, which
// needs no more than those of the day that its figures are to tell of. Done
// gives the new model, whose probabilities are calibrated for itself.
type Relearn struct {
	from, to *Model
	trial    *Model // what audits take floods out of
	w        Work
	short    Work // the flood as if it had 1-byte hops
	audit    Work
	naming   Naming
	cal      calibration
	figures  Figures
}

// Relearn starts a re-estimation with what the model knows now; the model stays
// as it is and must not change until Settle.
func (m *Model) Relearn() *Relearn {
	to := m.Clone()
	to.restart()
	for i := range to.ears.vals {
		to.ears.vals[i].snrN, to.ears.vals[i].snrS = 0, 0
	}
	r := &Relearn{from: m, to: to}
	r.w.Hold(m)
	return r
}

// Add takes a stored flood in; the order does not matter but for rounding.
func (r *Relearn) Add(f *Flood) {
	if r.w.resolve(r.from, f) {
		r.to.learnTree(&r.w, lesson{weight: r.age(f), again: true})
	}
}

// age is what a flood's evidence is still worth.
func (r *Relearn) age(f *Flood) float64 {
	return math.Exp2(-max(0, float64(r.to.now-f.At)) / halfLife)
}

// Settle ends the first stream: the new counts are in force.
func (r *Relearn) Settle() {
	r.to.refresh()
	r.w.Hold(nil)
	r.from, r.trial = nil, r.to.Clone()
	r.trial.cal = calibration{} // beliefs are counted as they are; Done maps them
}

// Audit takes a stored flood into the audit of the new model, which has already
// learned from it. What its long hashes taught is taken out first, and what
// short ones would have taught is put in, or the audit would flatter. A flood
// with short hashes is counted by what is believed of its hops.
func (r *Relearn) Audit(f *Flood) {
	if len(f.Nodes) == 0 || !r.w.resolve(r.trial, f) {
		return
	}
	if f.Width == 1 {
		r.naming.Nodes, r.naming.Splits = r.naming.Nodes[:0], r.naming.Splits[:0]
		r.w.answer(&r.naming)
		r.figures.census(&r.w, &r.naming)
		return
	}
	long, short := lesson{weight: r.age(f)}, lesson{weight: r.age(f), again: true}
	r.trial.learnTree(&r.w, long.undone())
	defer r.trial.learnTree(&r.w, long)
	if !r.short.resolve(r.trial, r.audit.short.shorten(f)) {
		return
	}
	r.trial.learnTree(&r.short, short)
	r.trial.auditInto(&r.audit, f, &r.cal, &calibration{}, &r.figures)
	r.trial.learnTree(&r.short, short.undone())
}

// Done is the new model, and what the audit of it found. If there was any audit
// the model's probabilities are calibrated by it.
func (r *Relearn) Done() (*Model, Figures) {
	if r.figures.Hops > 0 {
		r.to.cal = r.cal
		r.to.cal.fit()
	}
	return r.to, r.figures.mapped(&r.to.cal)
}
