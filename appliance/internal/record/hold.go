package record

import (
	"time"

	"hilltop/firmware-bridge/observer"
)

// maxHeld bounds the messages that wait until they can be placed, in bytes.
const maxHeld = 64 << 20

// envelopeBytes is about what an envelope takes beside its texts.
const envelopeBytes = 160

// hold keeps messages that cannot be placed yet, in order of arrival.
type hold struct {
	list  []observer.Envelope
	bytes int
}

// add keeps a message; false if there is no room.
func (h *hold) add(e observer.Envelope) bool {
	size := len(e.Topic) + len(e.Payload) + envelopeBytes
	if h.bytes+size > maxHeld {
		return false
	}
	h.bytes += size
	h.list = append(h.list, e)
	return true
}

// restamp puts arrivals right, now that the clock is: a message arrived as
// long ago as the monotonic clock says. Times of a recording, which have no
// monotonic reading, stay.
func (h *hold) restamp(now time.Time) {
	for i := range h.list {
		h.list[i].Arrived = restamped(h.list[i].Arrived, now)
	}
}

func restamped(arrived, now time.Time) time.Time {
	if arrived == arrived.Round(0) { // no monotonic reading
		return arrived
	}
	return now.Add(-now.Sub(arrived))
}
