package node

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"hilltop/firmware-bridge/observer"
)

// neighbourList collects the lines of a repeater's answer to "neighbors":
// first bytes of the key, seconds since it was heard, SNR in quarter dB.
type neighbourList struct {
	list  []observer.Neighbor
	bytes int
}

var neighbourLine = regexp.MustCompile(`^([0-9A-Fa-f]{8}):(\d{1,10}):(-?\d{1,4})$`)

// The firmware ends its answer where another line might not fit any more.
const (
	neighboursMost = 134 // bytes of an answer
	neighbourLong  = 8 + 1 + 10 + 1 + 4
)

// add takes a line; it is false for one that is no neighbour.
func (l *neighbourList) add(text string) bool {
	text = strings.TrimSpace(text)
	m := neighbourLine.FindStringSubmatch(text)
	if m == nil {
		return false
	}
	age, err1 := strconv.ParseInt(m[2], 10, 64)
	snr, err2 := strconv.Atoi(m[3])
	l.bytes += len(text) + 1
	l.list = append(l.list, observer.Neighbor{
		Key: m[1], HasAge: err1 == nil, Age: time.Duration(age) * time.Second, HasSNR: err2 == nil, SNR: float64(snr) / 4,
	})
	return true
}

func (l *neighbourList) neighbors() observer.Neighbors {
	return observer.Neighbors{List: l.list, Truncated: l.bytes+neighbourLong > neighboursMost}
}
