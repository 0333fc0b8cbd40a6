package mesh

import (
	"hilltop/firmware-bridge/meshcore"
)

// Unknown values of an observation's measurements. Zero is a value that radios
// do report for SNR, so absence has numbers of its own.
const (
	NoSNR   = -128 // Observation.SNR4
	NoRSSI  = 0    // Observation.RSSI
	NoScore = -1   // Observation.Score
)

// Flag marks what is special about an observation.
type Flag uint8

// The flags of an observation.
const (
	FlagLate        Flag = 1 << iota // it arrived more than ten seconds later than its observer's least delay
	FlagHeardStands                  // it stands where it was heard; without this flag, where it arrived
	FlagClaimed                      // Claimed holds the time that the observer stated
)

// Observation is one report of one copy of a transmission by one observer. It
// is a plain value: what a store hands out may be kept, never changed.
type Observation struct {
	// At is where the observation stands, Unix milliseconds: the heard time if
	// the observer's clock had proven itself when it came in, else the arrival.
	At int64
	// Arrived is when it reached this machine, Unix milliseconds.
	Arrived int64
	// Claimed is the time that the observer stated, in Unix milliseconds UTC;
	// valid if FlagClaimed is set.
	Claimed int64
	// Observer is the store's number for the observer.
	Observer uint32
	// Region is the store's number for the region the observer was in; 0 is none.
	Region uint16
	// Sources is the set of sources that delivered it: bit n is the store's source number n.
	Sources uint64
	Flags   Flag

	SNR4       int8   // signal to noise ratio in quarter dB; NoSNR if unknown
	RSSI       int16  // dBm; NoRSSI if unknown
	Score      int16  // reception score in thousandths; NoScore if unknown
	DurationMS uint16 // the observer's own estimate of time on air, ms; 0 if unknown

	// The copy's own head: with the transmission's payload it gives the frame back.
	Header    byte
	Transport [2]uint16 // valid iff the route has transport codes
	PathLen   byte
	Path      []byte // path bytes as received
}

// Packet gives the copy back as a decoded packet.
func (o Observation) Packet(payload []byte) meshcore.Packet {
	return meshcore.Packet{
		Header:    o.Header,
		Route:     meshcore.Route(o.Header & 3),
		Type:      meshcore.Type(o.Header >> 2 & 15),
		Version:   o.Header >> 6,
		Transport: o.Transport,
		PathLen:   o.PathLen,
		PathBytes: o.Path,
		Payload:   payload,
	}
}

// Frame gives back the exact bytes that the observer received.
func (o Observation) Frame(payload []byte) []byte {
	return o.Packet(payload).AppendTo(nil)
}

// Transmission is one episode of one logical packet: the copies heard within
// ten minutes of its first.
type Transmission struct {
	// ID is the store's number for the episode: below 10^15 and the same for ever.
	ID   uint64
	Hash meshcore.Hash
	Type meshcore.Type
	// Verified marks an advert whose signature and fields were good when it
	// came in: checking a signature costs more than reading the transmission.
	Verified bool
	Payload  []byte
	// Observations are in order of arrival; there is at least one.
	Observations []Observation
}

// First is where the earliest copy stands, Unix milliseconds.
func (t Transmission) First() int64 {
	first := t.Observations[0].At
	for _, o := range t.Observations[1:] {
		first = min(first, o.At)
	}
	return first
}

// Last is where the latest copy stands, Unix milliseconds.
func (t Transmission) Last() int64 {
	last := t.Observations[0].At
	for _, o := range t.Observations[1:] {
		last = max(last, o.At)
	}
	return last
}

// Earliest is the copy that stands first; of several, the one that arrived first.
func (t Transmission) Earliest() Observation {
	best := t.Observations[0]
	for _, o := range t.Observations[1:] {
		if o.At < best.At {
			best = o
		}
	}
	return best
}

// Cursor is a place in the list of transmissions, newest first: by First, then
// by ID. The zero Cursor stands before the newest.
type Cursor struct {
	First int64
	ID    uint64
}
