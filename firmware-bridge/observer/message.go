package observer

import "time"

// Kind is what a message turned out to be.
type Kind string

// The kinds of a message.
const (
	KindPacket    Kind = "packet"    // a frame that an observer heard or sent: Message.Packet
	KindStatus    Kind = "status"    // what an observer says of itself: Message.Status
	KindMetrics   Kind = "metrics"   // measurements without a status: Message.Status
	KindNeighbors Kind = "neighbors" // an observer's list of neighbours: Message.Neighbors
	KindClientRX  Kind = "client_rx" // a frame that a mobile client heard: Message.Client
	KindMessage   Kind = "message"   // a text that a companion bridge relayed: Message.Text
	KindIgnored   Kind = "ignored"   // nothing to be done, see Message.Reason
	KindMalformed Kind = "malformed" // could not be used, see Message.Reason
)

// Reason says why a message was ignored or is malformed.
type Reason string

// The reasons of malformed messages.
const (
	NotJSON          Reason = "not_json"          // not even with null for NaN and Infinity
	NotObject        Reason = "not_object"        // JSON, but no object
	BadType          Reason = "bad_type"          // the frame is not a text
	BadHex           Reason = "bad_hex"           // the frame is not hex of whole bytes
	FrameSize        Reason = "frame_size"        // less than 2 or more than 255 bytes
	UndecodableFrame Reason = "undecodable_frame" // the firmware would refuse the frame
	TooLarge         Reason = "too_large"         // payload beyond 64 KiB
	BadTopic         Reason = "bad_topic"         // of no form that publishers use
	BadObserverID    Reason = "bad_observer_id"   // neither a key nor, from a trusted source, a name
	OriginMismatch   Reason = "origin_mismatch"   // own broker: key of the topic against origin_id or login
	ClientKey        Reason = "client_key"        // topic of a mobile client without its key
	NoFix            Reason = "no_fix"            // mobile client without position
	BadGPS           Reason = "bad_gps"           // position out of range
)

// The reasons of ignored messages.
const (
	NoFrame            Reason = "no_frame"        // the observer is alive: Message.Observer is set where known
	RetainedPacket     Reason = "retained_packet" // a packet or text out of the broker's memory is no event
	EmptyPayload       Reason = "empty_payload"
	KindRaw            Reason = "kind_raw" // the same reception comes as a packet message too
	KindDebug          Reason = "kind_debug"
	KindDecoded        Reason = "kind_decoded"  // what a publisher has made of a packet that comes anyway
	KindSerial         Reason = "kind_serial"   // console output of a repeater: never store
	KindInternal       Reason = "kind_internal" // personal data made by a broker: never store
	UnknownKind        Reason = "unknown_kind"  // the topic's last segment is not one that is known
	BridgeStatus       Reason = "bridge_status" // of a companion bridge: its connection
	BridgeEvent        Reason = "bridge_event"  // of a companion bridge: neither text nor frame
	CommandTopic       Reason = "command_topic" // never act on it
	HubEvent           Reason = "hub_event"     // of a hub that several share: its own events
	SysTopic           Reason = "sys_topic"     // $SYS: the broker's figures
	NoObserverIdentity Reason = "no_observer_identity"
	EmptyText          Reason = "empty_text"
	ReplayedSnapshot   Reason = "replayed_snapshot" // a list of neighbours out of the broker's memory
	HopTooShort        Reason = "hop_too_short"     // mobile client: a hop of one byte names nobody
	NotAttributable    Reason = "not_attributable"  // mobile client: the frame does not say who sent it
	ClientTX           Reason = "client_tx"         // what a mobile client has sent itself
)

// Warning marks something odd in a message that was used all the same.
type Warning string

// The warnings.
const (
	WarnTxRawUnproven      Warning = "tx_raw_unproven"          // the frame of a tx was dropped: see PacketReport
	WarnTxSignalIgnored    Warning = "tx_signal_ignored"        // a tx has no SNR and RSSI
	WarnLenMismatch        Warning = "len_mismatch"             // the length claimed is not the frame's
	WarnHashMismatch       Warning = "hash_mismatch"            // the hash claimed is not the frame's
	WarnNoSignalFields     Warning = "no_signal_fields"         // typical of a limited broker account
	WarnNaiveTime          Warning = "naive_time"               // local time of an unknown zone
	WarnLate               Warning = "late"                     // claims more than 2 minutes before the arrival
	WarnFuture             Warning = "future"                   // claims more than 10 seconds after the arrival
	WarnClockImplausible   Warning = "clock_implausible"        // too far from the arrival to be believed
	WarnClockSentinel      Warning = "clock_sentinel"           // what the firmware sends when its clock failed
	WarnRadioClockUnset    Warning = "radio_clock_unset"        // naive, and the radio's clock does not help
	WarnObserverFromBody   Warning = "observer_from_payload"    // the topic has no key
	WarnObserverIsNameHash Warning = "observer_id_is_name_hash" // the publisher did not know its radio's key
	WarnOriginMismatch     Warning = "origin_mismatch"          // the payload names another key than the topic, which wins
	WarnRegionCase         Warning = "region_case"              // not in upper case
	WarnBadRegion          Warning = "bad_region"               // no code of three letters
	WarnRegionInPayload    Warning = "region_in_payload"        // nothing vouches for it
	WarnSNRRange           Warning = "snr_out_of_range"
	WarnRSSIRange          Warning = "rssi_out_of_range"
	WarnScoreRange         Warning = "score_out_of_range"
	WarnStatsRange         Warning = "stats_out_of_range" // at least one measurement was left out
	WarnBadStats           Warning = "bad_stats"          // "stats" is no object
	WarnJSONRepaired       Warning = "json_repaired"      // NaN or Infinity stood for a number
	WarnBadUTF8            Warning = "bad_utf8"
	WarnScoreConstant      Warning = "publisher_score_constant" // a score that its publisher always sends was left out
	WarnNestedFrame        Warning = "nested_frame"             // the frame stood within "payload"
	WarnNeighborAge        Warning = "neighbor_age_implausible" // at least one age was left out
)

// Envelope is one MQTT message as it arrived, not yet parsed.
type Envelope struct {
	Source   string // which broker or recording delivered it
	Topic    string
	Payload  []byte
	Retained bool      // delivered from the broker's memory: a snapshot, not an event
	Arrived  time.Time // by this machine's clock
	Client   string    // client id at the own broker, or ""
	Login    string    // key or user that the own broker authenticated, "" if anonymous
}

// Options say how far a source is believed. The zero Options suit a foreign
// broker that anyone may publish to.
type Options struct {
	// Trust accepts an observer id that is no key, such as "roof", in a topic
	// that has no better.
	Trust bool
	// OwnBroker makes the key in the topic authoritative: a payload or a login
	// that names another key makes the message malformed. From a foreign broker
	// it is a warning, and the topic wins.
	OwnBroker bool
	// DefaultRegion is the region where the topic names none; "" leaves it unknown.
	DefaultRegion string
	// ZoneOffset is the learned offset of an observer's naive times, east of
	// UTC positive; false if it has not been learned. It may be nil. It is
	// called from the goroutine of Parse.
	ZoneOffset func(observer string) (time.Duration, bool)
}

// Message is one feed message, understood. Of the pointers the one that its
// Kind names is set.
type Message struct {
	Kind     Kind
	Reason   Reason // why ignored or malformed, else ""
	Observer string // 64 upper-case hex digits, or a trusted source's own form; "" unknown
	ClientID string // 64 lower-case hex digits of a mobile client; "" of an observer
	Region   string // 3 upper-case letters, or TEST; "" unknown
	Name     string // what the observer calls itself, cleaned; "" if it did not say
	Time     ClaimedTime
	Dialect  Dialect
	Retained bool
	Warnings []Warning

	Packet    *PacketReport
	Status    *Status
	Neighbors *Neighbors
	Client    *ClientReception
	Text      *BridgeMessage
}

// Warned reports whether the message carries the warning.
func (m *Message) Warned(w Warning) bool {
	for _, have := range m.Warnings {
		if have == w {
			return true
		}
	}
	return false
}

func (m *Message) warn(w Warning) {
	if !m.Warned(w) {
		m.Warnings = append(m.Warnings, w)
	}
}

// Live reports whether the message shows that its observer is there now: it is
// no snapshot, no last will, and names the observer. Malformed messages prove
// nothing.
func (m *Message) Live() bool {
	switch {
	case m.Observer == "" || m.Retained || m.Kind == KindMalformed:
		return false
	case m.Kind == KindStatus || m.Kind == KindMetrics:
		return m.Status.Online != No
	}
	return true
}

func (m *Message) ignore(r Reason)    { m.end(KindIgnored, r) }
func (m *Message) malformed(r Reason) { m.end(KindMalformed, r) }

func (m *Message) end(k Kind, r Reason) {
	m.Kind, m.Reason = k, r
	m.Packet, m.Status, m.Neighbors, m.Client, m.Text = nil, nil, nil, nil, nil
}

// Tri is a yes, a no, or not known.
type Tri uint8

// The values of a Tri.
const (
	Unknown Tri = iota
	No
	Yes
)

// Dialect is the publisher family as far as the shape of a message gives it
// away. It is a guess for diagnosis and for the quirks that only one has.
type Dialect string

// The dialects. Several publishers share one where nothing tells them apart.
const (
	DialectUnknown  Dialect = ""
	DialectMC2      Dialect = "meshcoretomqtt"
	DialectCapture  Dialect = "packet-capture" // meshcore-packet-capture, Remote-Terminal, meshcore-bot
	DialectFirmware Dialect = "firmware"
	DialectPyMC     Dialect = "pymc"
	DialectHA       Dialect = "home-assistant"
	DialectClient   Dialect = "client"
	DialectBridge   Dialect = "companion-bridge"
	DialectWire     Dialect = "wire" // of a node on a wire, made here: see [FromReception]
)
