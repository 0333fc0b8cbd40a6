package figure

import (
	"cmp"
	"slices"
	"time"
)

// Figures is what was counted.
type Figures struct {
	Total  Cell
	Tables [][]Row // one for each that was asked for, by key
}

// Row is one row of a table.
type Row struct {
	Key int64 // as the table's By says
	Cell
}

// Count is how much there was.
type Count struct {
	Transmissions, Observations int64
}

// Cell is what is known of the observations that match, or of those of them
// that stand in one row.
type Cell struct {
	Count
	// Heard is the time on air of the frames observed: each observation's.
	Heard time.Duration
	// Sent is the time on air of the sendings that the observations prove, each
	// once: the originator's, and of each relay in their paths. It is known of
	// totals and of tables by type and channel; elsewhere it is 0.
	Sent      time.Duration
	SNR, RSSI Stat    // quarter dB, dBm
	Timeline  []Count // by bucket; nil unless asked for
}

// Stat is what is known of the numbers of some observations; unknown ones are
// not among them.
type Stat struct {
	N, Sum          int64
	Least, Greatest int // 0 while N is 0
}

// Mean is their mean; 0 of none.
func (s Stat) Mean() float64 {
	if s.N == 0 {
		return 0
	}
	return float64(s.Sum) / float64(s.N)
}

func (s *Stat) add(v int) {
	if s.N == 0 || v < s.Least {
		s.Least = v
	}
	if s.N == 0 || v > s.Greatest {
		s.Greatest = v
	}
	s.N++
	s.Sum += int64(v)
}

func (s *Stat) merge(o Stat) {
	switch {
	case o.N == 0:
		return
	case s.N == 0:
		*s = o
		return
	}
	s.N, s.Sum = s.N+o.N, s.Sum+o.Sum
	s.Least, s.Greatest = min(s.Least, o.Least), max(s.Greatest, o.Greatest)
}

func (c *Count) merge(o Count) {
	c.Transmissions += o.Transmissions
	c.Observations += o.Observations
}

// merge adds what was counted of other hours.
func (c *Cell) merge(o *Cell) {
	c.Count.merge(o.Count)
	c.Heard += o.Heard
	c.Sent += o.Sent
	c.SNR.merge(o.SNR)
	c.RSSI.merge(o.RSSI)
	for i, b := range o.Timeline {
		c.Timeline[i].merge(b)
	}
}

// figures gives what accumulators counted together.
func figures(all []*accumulator) Figures {
	a := all[0]
	for _, b := range all[1:] {
		a.total.Cell.merge(&b.total.Cell)
		for i := range b.tables {
			from := &b.tables[i]
			for k, key := range from.keys {
				a.tables[i].cell(key).Cell.merge(&from.cells[k].Cell)
			}
		}
	}
	f := Figures{Total: a.total.Cell}
	for i := range a.tables {
		t := &a.tables[i]
		rows := make([]Row, len(t.keys))
		for k, key := range t.keys {
			rows[k] = Row{key, t.cells[k].Cell}
		}
		slices.SortFunc(rows, func(a, b Row) int { return cmp.Compare(a.Key, b.Key) })
		f.Tables = append(f.Tables, rows)
	}
	return f
}
