package mesh

import "hilltop/firmware-bridge/meshcore"

// Node is what a node said of itself in its valid adverts: latest facts only.
// Counts and last-heard times follow from observations and live in indexes.
type Node struct {
	Key         meshcore.PublicKey
	Name        string
	Role        meshcore.Role
	HasPosition bool
	LatE6       int32         // degrees north times a million; valid iff HasPosition
	LonE6       int32         // degrees east times a million; valid iff HasPosition
	HopWidth    uint8         // bytes per hop in its latest flood advert; 0 unknown
	FirstAdvert int64         // where its first advert stood, Unix ms
	LastAdvert  int64         // where its latest advert stood, Unix ms
	Timestamp   uint32        // its own clock in the latest advert, Unix s
	AdvertHash  meshcore.Hash // of the latest advert
	Past        *NodePast     // nil: nothing is known of it
}

// CanRelay tells whether a node of this role forwards floods as shipped.
func (n Node) CanRelay() bool {
	return n.Role == meshcore.RoleRepeater || n.Role == meshcore.RoleRoom
}

// Tri is a yes, a no, or not known.
type Tri uint8

// The values of a Tri.
const (
	Unknown Tri = iota
	No
	Yes
)

// Radio is the setting of a LoRa modem.
type Radio struct {
	FreqKHz uint32
	BWHz    uint32
	SF, CR  uint8
}

// Observer is what is known of an observer beside the packets it reports:
// latest facts from its messages, and the state of its clock.
type Observer struct {
	Num      uint32
	ID       string // 64 upper-case hex digits, or the free form that a trusted source used
	Name     string
	Region   string // latest known region, "" unknown
	Model    string
	Firmware string
	Client   string // name and version of the publishing software
	Radio    Radio  // zero if unknown
	Repeat   Tri
	Online   Tri   // what its last status said
	First    int64 // arrival of its first live message, Unix ms
	Status   int64 // arrival of its last live status, Unix ms; 0 none
	Clock    Clock
	Latest   MetricsSample // last metrics; At 0 if none
	Past     *ObserverPast // nil: nothing is known of it
}

// Clock is how far an observer's stated times can be believed. All delays are
// arrival less heard time, in ms.
type Clock struct {
	Least   int64 // least delay over the last hour that had live messages
	LeastAt int64 // arrival of the message that had it, Unix ms; 0 means never
	Proven  bool
	Recent  []ClockSample // least delay by ten-minute slot of that hour, oldest first; of claims from the future, which are never believed, apart
	ZoneMin int16         // learned offset of naive times, minutes east of UTC
	ZoneOK  bool
}

// ClockSample is the least delay among the live messages of one slot of time.
type ClockSample struct {
	At    int64 // arrival of the message that had it, Unix ms
	Delay int64 // ms
}

// MetricsSample is one set of measurements that an observer sent with a
// status. Absent values are as each field says.
type MetricsSample struct {
	At         int64 // arrival, Unix ms
	BatteryMV  uint16
	UptimeS    uint32
	NoiseDBm4  int16 // quarter dBm; 0 unknown
	TxAirS     uint32
	RxAirS     uint32
	Sent       uint32
	Received   uint32
	RecvErrors uint32
	QueueLen   uint16
	ErrorFlags uint16
	FreeHeap   uint32
	Has        uint16 // bit n set: field n of the list above (BatteryMV is bit 0) was sent
}

// Gap is a span in which something was not received or not kept.
type Gap struct {
	From, To int64  // Unix ms; To 0 while it lasts
	Kind     string // "stopped", "silent", "source", "queue", "clock", "clock-step", "disk"
	Subject  string // which source or observer; "" the whole box
	Lost     int64  // messages known to be lost; 0 unknown or none
	Note     string // in words
}

// Deaf tells whether nothing could be received in it, whatever was sent: of a source
// that was not connected others may have been.
func (g Gap) Deaf() bool { return g.Kind == "stopped" || g.Kind == "silent" }

// Malformed is one message that could not be used.
type Malformed struct {
	At      int64 // arrival, Unix ms
	Source  string
	Reason  string // as observer.Message.Reason, or "panic"
	Topic   string // secrets taken out
	Payload []byte // at most 2 KiB, secrets taken out
}

// MalformedView is what /system shows of malformed messages.
type MalformedView struct {
	Counts map[string]map[string]int64 // reason, then source
	Last   []Malformed                 // the last 100, newest first
}

// RejectedAdvert is an advert whose packet was stored but that made no node.
type RejectedAdvert struct {
	At       int64
	Hash     meshcore.Hash
	Key      meshcore.PublicKey
	Observer uint32
	Reason   string // "signature", "position", "name", "role", "too_short", "key"
}

// RejectedView is what /system and /nodes show of rejected adverts.
type RejectedView struct {
	Counts map[string]int64 // by reason
	Last   []RejectedAdvert // the last 100, newest first
}

// Message is one decrypted channel message.
type Message struct {
	Channel string // name of the channel
	Sender  string // as claimed in the text, unsigned; "" if it has none
	Text    string
	Sent    uint32 // the sender's clock, Unix s
	Tx      uint64 // transmission ID
	Hash    meshcore.Hash
	First   int64 // where the transmission stands, Unix ms
	Copies  int
}
