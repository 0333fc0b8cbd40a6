package index

import (
	"encoding/binary"
	"maps"
	"slices"
)

// Spread tells how often each SNR was measured, by quarter dB.
type Spread map[int8]int64

// Join adds what another has.
func (s *Spread) Join(o Spread) {
	for snr4, n := range o {
		s.count(snr4, n)
	}
}

func (s *Spread) count(snr4 int8, n int64) {
	if *s == nil {
		*s = Spread{}
	}
	(*s)[snr4] += n
}

// Median4 is the SNR in the middle, in quarter dB: of an even number of them the mean of
// the two in the middle. It is false if there is none.
func (s Spread) Median4() (median float64, ok bool) {
	var total int64
	for _, n := range s {
		total += n
	}
	if total == 0 {
		return 0, false
	}
	lower, upper := (total-1)/2, total/2 // places from 0
	seen := int64(0)
	for _, snr4 := range slices.Sorted(maps.Keys(s)) {
		for _, place := range [...]int64{lower, upper} {
			if seen <= place && place < seen+s[snr4] {
				median += float64(snr4) / 2
			}
		}
		seen += s[snr4]
	}
	return median, true
}

func (s *Spread) add(packed spread) {
	for len(packed) > 0 {
		n, size := howOften(packed[1:])
		s.count(int8(packed[0]), int64(n))
		packed = packed[1+size:]
	}
}

// spread is a Spread of a day, packed: each SNR that was measured, ascending, as a byte
// and a uvarint that says how often. It never changes: readers need no lock.
type spread string

// howOften reads the number that a spread goes on with, and how many bytes it takes.
func howOften(s spread) (n uint64, size int) {
	var b [binary.MaxVarintLen32]byte
	return binary.Uvarint(b[:copy(b[:], s)])
}

// spreadCounts are how often SNRs were measured, ascending: eight bytes for each that
// was, however far apart they are.
type spreadCounts []snrCount

type snrCount struct {
	snr4 int8
	n    uint32
}

func (c *spreadCounts) add(snr4 int8) {
	low, high := 0, len(*c)
	for low < high {
		if at := (low + high) / 2; (*c)[at].snr4 < snr4 {
			low = at + 1
		} else {
			high = at
		}
	}
	if low == len(*c) || (*c)[low].snr4 != snr4 {
		*c = slices.Insert(*c, low, snrCount{snr4: snr4})
	}
	(*c)[low].n++
}

// pack gives them as the spread of a day.
func (c spreadCounts) pack() spread {
	var b []byte
	for _, s := range c {
		b = binary.AppendUvarint(append(b, byte(s.snr4)), uint64(s.n))
	}
	return spread(b)
}

// with is the spread with one SNR more.
func (s spread) with(snr4 int8) spread {
	at := 0
	for at < len(s) && int8(s[at]) < snr4 {
		at++
		for s[at] >= 0x80 {
			at++
		}
		at++
	}
	n, size := uint64(0), 0
	if at < len(s) && int8(s[at]) == snr4 {
		n, size = howOften(s[at+1:])
		size++
	}
	b := make([]byte, 0, len(s)+3)
	b = append(append(b, s[:at]...), byte(snr4))
	b = binary.AppendUvarint(b, n+1)
	return spread(append(b, s[at+size:]...))
}
