package web

import (
	"math"
	"net/url"
	"slices"
	"strconv"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
)

// readWidths takes the widths of hops, in bytes.
func readWidths(f *filter, v url.Values) error {
	words, err := listed(v, "hb")
	for _, s := range words {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > 3 {
			return wrong("hb", "%q is no hop width: 1, 2 or 3 bytes", s)
		}
		if !slices.Contains(f.Widths, n) {
			f.Widths = append(f.Widths, n)
		}
	}
	slices.Sort(f.Widths)
	return err
}

func widthWords(widths []int) (out []string) {
	for _, w := range widths {
		out = append(out, strconv.Itoa(w))
	}
	return out
}

// snrSpan is from where to where an SNR may lie, both ends in it. The zero snrSpan
// says nothing.
type snrSpan struct{ From, To snrEnd }

// snrEnd is an end of a span of SNRs.
type snrEnd struct {
	Quarters int8 // dB times 4
	On       bool
}

func readSNR(f *filter, v url.Values) (err error) {
	if f.SNR.From, err = readSNREnd(v, "snr_from"); err != nil {
		return err
	}
	if f.SNR.To, err = readSNREnd(v, "snr_to"); err != nil {
		return err
	}
	if from, to := f.SNR.From, f.SNR.To; from.On && to.On && to.Quarters < from.Quarters {
		return wrong("snr_to", "%s is less than snr_from, %s", to.text(), from.text())
	}
	return nil
}

func readSNREnd(v url.Values, name string) (e snrEnd, err error) {
	s, err := single(v, name)
	if s == "" || err != nil {
		return e, err
	}
	db, err := strconv.ParseFloat(s, 64)
	quarters := 4 * db
	if err != nil || quarters != math.Trunc(quarters) || quarters <= mesh.NoSNR || quarters > math.MaxInt8 {
		return e, wrong(name, "%q is no SNR: dB from -31.75 to 31.75, in steps of 0.25", s)
	}
	return snrEnd{int8(quarters), true}, nil
}

// text is the end as addresses and fields have it.
func (e snrEnd) text() string {
	if !e.On {
		return ""
	}
	return strconv.FormatFloat(float64(e.Quarters)/4, 'f', -1, 64)
}

func (s snrSpan) write(v url.Values) {
	setOne(v, "snr_from", s.From.text())
	setOne(v, "snr_to", s.To.text())
}

// fields are the ends as a form has them.
func (s snrSpan) fields() (from, to string) { return s.From.text(), s.To.text() }

// say words the span; "" of the zero snrSpan.
func (s snrSpan) say() string {
	from, to := minus(s.From.text()), minus(s.To.text())
	switch {
	case s.From.On && s.To.On:
		return from + " to " + to + " dB"
	case s.From.On:
		return from + " dB or more"
	case s.To.On:
		return "at most " + to + " dB"
	}
	return ""
}

// within is the span as searches take it.
func (s snrSpan) within() report.Range {
	if s == (snrSpan{}) {
		return report.Range{}
	}
	least, greatest := math.MinInt8, math.MaxInt8
	if s.From.On {
		least = int(s.From.Quarters)
	}
	if s.To.On {
		greatest = int(s.To.Quarters)
	}
	return report.Range{Least: least, Greatest: greatest, On: true}
}
