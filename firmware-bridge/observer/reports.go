package observer

import (
	"time"

	"hilltop/firmware-bridge/meshcore"
)

// Direction tells whether the observer heard a frame or sent it.
type Direction uint8

// The directions.
const (
	RX Direction = iota
	TX
)

// String is "rx" or "tx".
func (d Direction) String() string {
	if d == TX {
		return "tx"
	}
	return "rx"
}

// PacketReport is one report of one copy of a packet. A tx is no observation:
// nobody heard it. It carries a frame only if that proves itself, for two
// publishers attach the last received frame to what they send: hash and length
// agree, and the path shows that the observer has been passed.
type PacketReport struct {
	Direction Direction
	Frame     []byte          // the exact bytes, its own copy; nil for a tx without proof
	Packet    meshcore.Packet // Frame taken apart; zero without Frame
	Hash      meshcore.Hash   // content hash, computed from Frame
	TxLen     int             // bytes that a tx without Frame says it had; 0 unknown

	HasSNR   bool
	SNR4     int     // quarter dB, -127 to 127: the firmware keeps 8 bits, what lies beyond is cut off
	SNR      float64 // dB as sent, -40 to 40
	SNRStep4 int     // resolution of SNR in quarter dB: 4 if sent as a whole number, else 1; of two reports of one reception the smaller step is the finer SNR
	HasRSSI  bool
	RSSI     int // dBm, -200 to -1
	HasScore bool
	Score    float64 // 0 to 1
	// DurationMS is the observer's own estimate of time on air, 1 to 20000 ms;
	// 0 if unknown.
	DurationMS int
}

// Status is what an observer says of itself. Empty values are unknown and must
// not overwrite known ones.
type Status struct {
	// Online is what the status says; Unknown in a retained one, which may be
	// weeks old.
	Online   Tri
	Model    string
	Firmware string
	Client   string // name and version of the publishing software
	Software string // the publisher's "source" field
	Radio    Radio  // zero if unknown
	Repeat   Tri    // whether the observer forwards packets
	Location *Position
	Metrics  Metrics // nil if there are none to be recorded
	Other    []Stat  // measurements that Metrics has no name for, at most 32
}

// Radio is the setting of a LoRa modem.
type Radio struct {
	FreqMHz float64 // to 1 kHz
	BWkHz   float64
	SF, CR  int
}

// Position is a place on the earth.
type Position struct {
	Lat, Lon float64 // degrees
}

// Metric names one measurement.
type Metric string

// The metrics. Counters count since the observer's boot.
const (
	BatteryMV   Metric = "battery_mv"      // mV
	UptimeS     Metric = "uptime_s"        // s; the firmware's wraps at 49.7 days
	NoiseDBm    Metric = "noise_floor_dbm" // dBm
	TxAirS      Metric = "tx_air_s"        // s, cumulative
	RxAirS      Metric = "rx_air_s"        // s, cumulative
	ErrorFlags  Metric = "error_flags"     // bit mask, no counter
	QueueLen    Metric = "queue_len"       // packets; of the radio, or of the MQTT client of the firmware
	RecvErrors  Metric = "recv_errors"     // counter
	PacketsSent Metric = "packets_sent"    // counter
	PacketsRecv Metric = "packets_recv"    // counter
	FreeHeap    Metric = "free_heap"       // bytes
)

// Metrics holds what was sent and is plausible; all values are finite.
type Metrics map[Metric]float64

// Stat is a measurement by the name that the publisher gave it.
type Stat struct {
	Name, Value string // at most 48 bytes each
}

// Neighbors is an observer's list of the nodes it hears itself, the most
// useful first.
type Neighbors struct {
	Scopes       []string // regions that the observer itself serves
	DefaultScope string   // "*" is unscoped, "" unknown
	Truncated    bool     // the tail was dropped by the publisher
	List         []Neighbor
}

// Neighbor is one entry of a neighbour list.
type Neighbor struct {
	Key     string // upper-case hex: 64 digits, or the prefix that the publisher had
	Name    string // of a fork only
	HasSNR  bool
	SNR     float64 // dB
	HasRSSI bool
	RSSI    int // dBm
	HasAge  bool
	Age     time.Duration // since it was heard, at the time of the message; at most 30 days
	Scopes  []string
	Status  string // "responded", "timeout", "send_failed", or other
}

// HeardBy says how a mobile client's frame names its sender.
type HeardBy string

// The ways to know the sender.
const (
	HeardAdvert HeardBy = "advert" // zero-hop advert: the whole key
	HeardHop    HeardBy = "rxlog"  // last hop of a flood, 2 or 3 bytes
)

// ClientReception is a frame that a mobile client heard at a place. Its time
// is to be believed rather than the arrival: clients send hours later. The
// place is a person's: coarsen it before it is shown.
type ClientReception struct {
	Client string // 64 lower-case hex digits
	Frame  []byte
	Packet meshcore.Packet
	Hash   meshcore.Hash

	HeardKey string // lower-case hex of the sender's key or its first bytes
	HeardBy  HeardBy

	HasSNR      bool
	SNR         float64 // dB
	HasRSSI     bool
	RSSI        int // dBm
	At          Position
	HasAccuracy bool
	AccuracyM   float64 // m
}

// BridgeMessage is a text from a companion bridge, which has neither frame nor
// observer.
type BridgeMessage struct {
	Private bool   // a direct message: not for the public
	Channel int    // index in the companion's list; -1 of a direct message or unknown
	From    string // direct message: first 6 bytes of the sender's key, lower-case hex
	Sender  string // name before the colon of a channel text, unsigned; ""
	Text    string // whole text, cleaned
	Sent    uint32 // the sender's clock, Unix s; 0 unknown
	HasSNR  bool
	SNR     float64 // dB
}
