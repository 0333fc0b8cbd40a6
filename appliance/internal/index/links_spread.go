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

// spreadCounts are how often SNRs were measured, from the least to the greatest: most
// links have few different ones.
type spreadCounts struct {
	least  int
	counts []uint32
}

func (c *spreadCounts) add(snr4 int8) {
	at := int(snr4) - c.least
	switch {
	case len(c.counts) == 0:
		c.least, c.counts, at = int(snr4), make([]uint32, 1), 0
	case at < 0:
		c.least, c.counts, at = int(snr4), append(make([]uint32, -at), c.counts...), 0
	case at >= len(c.counts):
		c.counts = append(c.counts, make([]uint32, at+1-len(c.counts))...)
	}
	c.counts[at]++
}

// pack gives them as the spread of a day.
func (c *spreadCounts) pack() spread {
	var b []byte
	for i, n := range c.counts {
		if n > 0 {
			b = binary.AppendUvarint(append(b, byte(c.least+i)), uint64(n))
		}
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
