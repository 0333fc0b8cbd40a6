package figure

import (
	"time"

	"hilltop/firmware-bridge/meshcore"
)

// Want says what is to be known of what matches.
type Want struct {
	// Timeline counts by time; without buckets there is none.
	Timeline Timeline
	// Tables are counts by something, each a table of its own.
	Tables []Table
	// Signal asks for SNR and RSSI of totals and rows.
	Signal bool
	// Airtime asks for the time on air of totals and rows, with the settings of
	// the mesh's radios; nil: not asked for.
	Airtime *meshcore.Preset
}

// Timeline is buckets of equal length, one after the other. What stands outside
// them is in no bucket.
type Timeline struct {
	From    int64         // where the first begins, Unix ms
	Each    time.Duration // whole milliseconds, at least one
	Buckets int
}

// Table is counts by one thing, with a timeline of each row if it is asked for.
type Table struct {
	By       By
	Timeline bool
}

// By is what a table counts by.
type By uint8

// What there are tables by. The key of a row is as each says.
const (
	ByType     By = iota // meshcore.Type
	ByChannel            // first byte of the payload; NoChannel
	ByObserver           // number of the observer
	ByRegion             // number of the region the observer was in
	ByRoute              // meshcore.Route
	ByWidth              // bytes a hop, as mesh.HopWidth says
	ByHops               // relays passed; mesh.NoHops
	BySize               // bytes of the frame
	BySNR                // quarter dB; mesh.NoSNR
	ByRSSI               // dBm; mesh.NoRSSI
	// ByRelay counts by the hops in paths of floods: HopOf tells a key's. An
	// observation counts for each place of its path; there are neither signal
	// nor airtime, and the timeline has transmissions only.
	ByRelay
)

// ofPath tells whether only a copy's head and path tell the row.
func (b By) ofPath() bool {
	switch b {
	case ByRoute, ByWidth, ByHops, BySize, ByRelay:
		return true
	}
	return false
}

// The keys of hops: those of two bytes come after those of one, and so on.
const (
	hops2 = 1 << 8
	hops3 = hops2 + 1<<16
)

func hopKey(b []byte) int64 {
	switch len(b) {
	case 1:
		return int64(b[0])
	case 2:
		return hops2 + int64(b[0])<<8 + int64(b[1])
	}
	return hops3 + int64(b[0])<<16 + int64(b[1])<<8 + int64(b[2])
}

// HopOf is the hop that the key of a row by relay stands for.
func HopOf(key int64) meshcore.Hop {
	switch {
	case key < hops2:
		return meshcore.NewHop([]byte{byte(key)})
	case key < hops3:
		key -= hops2
		return meshcore.NewHop([]byte{byte(key >> 8), byte(key)})
	}
	key -= hops3
	return meshcore.NewHop([]byte{byte(key >> 16), byte(key >> 8), byte(key)})
}

// bucket is where a time falls; -1 if in no bucket.
func (t *Timeline) bucket(at int64) int {
	if at < t.From || t.Buckets == 0 {
		return -1
	}
	n := (uint64(at) - uint64(t.From)) / uint64(t.Each/time.Millisecond)
	if n >= uint64(t.Buckets) {
		return -1
	}
	return int(n)
}
