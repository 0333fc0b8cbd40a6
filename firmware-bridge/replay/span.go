package replay

import (
	"errors"
	"io"
	"time"
)

// Span reads files through and tells the times of their earliest and latest
// message; both are zero if there is none. It cannot read standard input,
// which comes only once.
func Span(files ...string) (first, last time.Time, err error) {
	for _, f := range files {
		if f == "-" {
			return first, last, errors.New("recording: standard input cannot be read twice")
		}
	}
	r := Open("", files...)
	defer r.Close()
	var broken []error
	for {
		e, err := r.Next()
		if err == io.EOF {
			return first, last, errors.Join(broken...)
		}
		if err != nil {
			broken = append(broken, err)
			continue
		}
		if first.IsZero() || e.Arrived.Before(first) {
			first = e.Arrived
		}
		if e.Arrived.After(last) {
			last = e.Arrived
		}
	}
}
