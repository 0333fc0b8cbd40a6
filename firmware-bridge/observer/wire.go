package observer

import (
	"math"
	"time"

	"hilltop/firmware-bridge/meshcore"
)

// WireNode is a node that is attached to this machine by a wire: an observer
// that nothing publishes for.
type WireNode struct {
	Key    meshcore.PublicKey // zero while it is not known
	Name   string             // of a stranger; is cleaned
	Region string             // as the operator has set it; "" unknown
}

// Reception is a frame that a node on a wire has heard or sent.
type Reception struct {
	Frame     []byte // as heard; nil of a frame that was sent, as no node prints it
	Direction Direction
	TxLen     int // bytes of a frame that was sent; 0 unknown
	HasHash   bool
	Hash      meshcore.Hash // as the node reckons it

	HasSNR   bool
	SNR      float64 // dB
	SNRStep4 int     // its resolution in quarter dB: 1, or 4 for whole numbers
	HasRSSI  bool
	RSSI     int // dBm
	HasScore bool
	Score    float64       // 0 to 1
	Airtime  time.Duration // as the node reckons it; 0 unknown
}

// FromReception is the message that a feed would bring of a reception at this
// time, by this machine's clock. The same rules hold: a frame that the firmware
// refuses makes it malformed, numbers that cannot be are left out with a
// warning, and without the node's key, or without a frame, it is ignored.
func FromReception(n WireNode, r Reception, arrived time.Time) (m Message) {
	if !m.wired(n, arrived) {
		return m
	}
	report := &PacketReport{Direction: r.Direction}
	if ms := r.Airtime.Milliseconds(); ms >= 1 && ms <= 20_000 {
		report.DurationMS = int(ms)
	}
	if r.Direction == TX {
		if r.TxLen >= 2 && r.TxLen <= meshcore.MaxFrame {
			report.TxLen = r.TxLen
		}
		m.Kind, m.Packet = KindPacket, report
		return m
	}
	if r.Frame == nil {
		m.ignore(NoFrame)
		return m
	}
	if len(r.Frame) < 2 || len(r.Frame) > meshcore.MaxFrame {
		m.malformed(FrameSize)
		return m
	}
	report.Frame = append([]byte(nil), r.Frame...)
	var err error
	if report.Packet, err = meshcore.Parse(report.Frame); err != nil {
		m.malformed(UndecodableFrame)
		return m
	}
	if report.Hash = report.Packet.Hash(); r.HasHash && r.Hash != report.Hash {
		m.warn(WarnHashMismatch)
	}
	m.Kind, m.Packet = KindPacket, report
	m.signal(r, report)
	return m
}

// signal takes what can be of SNR, RSSI and score.
func (m *Message) signal(r Reception, report *PacketReport) {
	if !r.HasSNR && !r.HasRSSI {
		m.warn(WarnNoSignalFields)
	}
	if report.SNR, report.HasSNR = plausibleSNR(m, r.SNR, r.HasSNR); report.HasSNR {
		report.SNR4, report.SNRStep4 = snrQuarters(report.SNR), 4
		if r.SNRStep4 == 1 {
			report.SNRStep4 = 1
		}
	}
	report.RSSI, report.HasRSSI = plausibleRSSI(m, float64(r.RSSI), r.HasRSSI)
	report.Score, report.HasScore = plausibleScore(m, r.Score, r.HasScore)
}

// FromStatus is the message that a feed would bring of a node's status. Texts
// are cleaned; metrics that cannot be are left out with a warning.
func FromStatus(n WireNode, s Status, arrived time.Time) (m Message) {
	if !m.wired(n, arrived) {
		return m
	}
	s.Model, s.Firmware, s.Client, s.Software = detail(s.Model), detail(s.Firmware), detail(s.Client), detail(s.Software)
	var all measurements
	for metric, v := range s.Metrics {
		all.put(spelling{metric, 1}, v)
	}
	if s.Metrics = all.known(); all.outOfRange {
		m.warn(WarnStatsRange)
	}
	if p := s.Location; p != nil && (*p == Position{} || !(math.Abs(p.Lat) <= 90 && math.Abs(p.Lon) <= 180)) {
		s.Location = nil
	}
	s.Online = Yes
	m.Kind, m.Status = KindStatus, &s
	return m
}

// FromNeighbors is the message that a feed would bring of a node's list of
// neighbours. Entries without a key are left out, and so are numbers that
// cannot be, with a warning.
func FromNeighbors(n WireNode, list Neighbors, arrived time.Time) (m Message) {
	if !m.wired(n, arrived) {
		return m
	}
	out := Neighbors{Scopes: list.Scopes, DefaultScope: list.DefaultScope, Truncated: list.Truncated}
	for _, e := range list.List {
		if e.Key = neighborKey(e.Key); e.Key == "" || len(out.List) == maxNeighbors {
			continue
		}
		e.SNR, e.HasSNR = plausibleSNR(&m, e.SNR, e.HasSNR)
		e.RSSI, e.HasRSSI = plausibleRSSI(&m, float64(e.RSSI), e.HasRSSI)
		if e.HasAge && (e.Age < 0 || e.Age > maxAge) {
			m.warn(WarnNeighborAge)
			e.Age, e.HasAge = 0, false
		}
		out.List = append(out.List, e)
	}
	m.Kind, m.Neighbors = KindNeighbors, &out
	return m
}

// FromText is the message that a feed would bring of a text that a companion
// has received and decrypted. Text is cleaned; the sender's name in a channel is
// taken from it.
func FromText(n WireNode, b BridgeMessage, arrived time.Time) (m Message) {
	m.wired(n, arrived)
	m.Kind, m.Reason = KindMessage, ""
	text, bad := clean(b.Text, maxText)
	if bad {
		m.warn(WarnBadUTF8)
	}
	if text == "" {
		m.ignore(EmptyText)
		return m
	}
	if b.Text = text; !b.Private {
		b.Sender = senderName(text)
	}
	b.SNR, b.HasSNR = plausibleSNR(&m, b.SNR, b.HasSNR)
	m.Text = &b
	return m
}

// wired sets what every message of a wire has. It is false, with the message
// ignored, while the node's key is not known.
func (m *Message) wired(n WireNode, arrived time.Time) bool {
	m.Dialect = DialectWire
	m.Time = receiptTime(arrived)
	if !clockUnset(m.Time.At) {
		m.Time.Certainty, m.Time.Stamp = Exact, m.Time.At.UnixMilli()
	}
	m.Region, _ = parseRegion(n.Region)
	name, bad := clean(n.Name, maxName)
	if m.Name = name; bad {
		m.warn(WarnBadUTF8)
	}
	if n.Key == (meshcore.PublicKey{}) {
		m.ignore(NoObserverIdentity)
		return false
	}
	m.Observer = upper(n.Key.String())
	return true
}

// ParseRadio reads the setting of a modem as nodes and publishers write it:
// "MHz,kHz,SF,CR". It is false for any other form and for what no modem does.
func ParseRadio(s string) (Radio, bool) { return parseRadio(s) }
