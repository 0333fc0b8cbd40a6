package index

import (
	"math"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Event is one observation that has just been stored, and what its
// transmission has become by it.
type Event struct {
	Tx      uint64 // transmission ID
	Hash    meshcore.Hash
	Type    meshcore.Type
	Payload []byte

	First int64 // where the transmission stands now, Unix ms
	Was   int64 // where it stood before this observation; as First if New
	New   bool  // the observation is the transmission's first to arrive

	Obs    mesh.Observation
	Advert *meshcore.Advert // of a new transmission with a valid advert, else nil
	Text   *Text            // of a new transmission with a channel text that could be read, else nil
}

// Text is a channel text that could be read.
type Text struct {
	Channel string // name of the key
	Sender  string // as claimed, cleaned; "" if the text names none
	Text    string // cleaned
	Sent    uint32 // the sender's clock, Unix s
}

const hourMs = 3_600_000

// hourOf is the number of the hour in which a time lies, counted from 1970.
func hourOf(ms int64) int32 {
	return int32(min(max(floorDiv(ms, hourMs), math.MinInt32), math.MaxInt32-1))
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
