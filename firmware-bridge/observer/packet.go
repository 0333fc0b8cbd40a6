package observer

import (
	"math"
	"strings"

	"github.com/tidwall/gjson"

	"hilltop/firmware-bridge/meshcore"
)

// packetFields are the members of a packet message.
type packetFields struct {
	head
	raw, packet, payload, event member
	direction, directionCap     member
	snr, snrLow, rssi, rssiLow  member
	score, scoreCap, duration   member
	length, hash                member
}

func (f *packetFields) take(key string, v member) {
	if f.head.take(key, v) {
		return
	}
	switch key {
	case "raw":
		f.raw = v
	case "packet":
		f.packet = v
	case "payload":
		f.payload = v
	case "event_type":
		f.event = v
	case "direction":
		f.direction = v
	case "Direction":
		f.directionCap = v
	case "SNR":
		f.snr = v
	case "snr":
		f.snrLow = v
	case "RSSI":
		f.rssi = v
	case "rssi":
		f.rssiLow = v
	case "score":
		f.score = v
	case "Score":
		f.scoreCap = v
	case "duration":
		f.duration = v
	case "len":
		f.length = v
	case "hash":
		f.hash = v
	}
}

func readPacketFields(object string) (f packetFields) {
	eachMember(object, f.take)
	return f
}

// dialect guesses the publisher by the order and presence of members.
func (f *packetFields) dialect() Dialect {
	switch {
	case f.first == "timestamp" && f.second == "hash":
		return DialectFirmware
	case f.first == "timestamp" && f.second == "origin_id":
		return DialectPyMC
	case f.first == "timestamp" && f.second == "origin":
		return DialectHA
	case f.first != "origin":
		return DialectUnknown
	case f.score.Exists() || f.duration.Exists() || isTX(f.direction):
		return DialectMC2
	}
	return DialectCapture
}

// parsePacket reads a message of the packets topic.
func parsePacket(m *Message, t topic, object string, e Envelope, o Options) {
	f := readPacketFields(object)
	m.Dialect = f.dialect()
	nested := f.unnest()
	frame, reason := f.frame()
	if reason != "" && reason != NoFrame {
		m.malformed(reason)
		return
	}
	known := f.identify(m, t, e, o)
	if reason == NoFrame {
		f.frameless(m, known, e, o)
		return
	}
	if !known {
		return
	}
	p, err := meshcore.Parse(frame)
	if err != nil {
		m.malformed(UndecodableFrame)
		return
	}
	if nested {
		m.warn(WarnNestedFrame)
	}
	r := &PacketReport{Frame: frame, Packet: p, Hash: p.Hash()}
	m.Kind, m.Packet = KindPacket, r
	m.settle(f.claim(m.Dialect), feedWindow, e.Arrived, o.ZoneOffset)
	f.measure(m, r)
	f.check(m, r)
}

// frameless ends a message without frame: of a tx it is still a notice, of
// anything else a sign of life.
func (f *packetFields) frameless(m *Message, known bool, e Envelope, o Options) {
	switch {
	case known && isTX(either(f.direction, f.directionCap)):
		m.Kind, m.Packet = KindPacket, &PacketReport{Direction: TX, TxLen: f.txLen()}
		m.settle(f.claim(m.Dialect), feedWindow, e.Arrived, o.ZoneOffset)
		f.measure(m, m.Packet)
	case known || m.Reason == BadObserverID:
		m.ignore(NoFrame)
	}
}

// unnest moves the members of Home Assistant's raw mode to where all others
// have them.
func (f *packetFields) unnest() bool {
	if f.event.Str != "RX_LOG_DATA" || f.raw.Exists() || !f.payload.IsObject() {
		return false
	}
	var rawHex member
	inner := f.payload
	f.payload = member{}
	inner.ForEach(func(k, v member) bool {
		switch k.Str {
		case "payload":
			f.raw = v
		case "raw_hex":
			rawHex = v
		case "snr", "SNR":
			f.snr = v
		case "rssi", "RSSI":
			f.rssi = v
		}
		return true
	})
	if str(f.raw) == "" && len(str(rawHex)) > 4 {
		f.raw, f.raw.Str = rawHex, rawHex.Str[4:] // two bytes before the frame
	}
	return f.raw.Exists()
}

// frame decodes the frame, wherever it is.
func (f *packetFields) frame() ([]byte, Reason) {
	raw := f.raw
	if !raw.Exists() {
		raw = either(f.packet, f.payload)
		if raw.Type != gjson.String {
			return nil, NoFrame
		}
	}
	return frameOf(raw)
}

// frameOf decodes a frame from hex.
func frameOf(raw member) ([]byte, Reason) {
	switch {
	case raw.Type == gjson.Null || raw.Type == gjson.String && trimBlanks(raw.Str) == "":
		return nil, NoFrame
	case raw.Type != gjson.String:
		return nil, BadType
	}
	var buf [meshcore.MaxFrame]byte
	n, ok := decodeHex(buf[:], raw.Str)
	switch {
	case !ok:
		return nil, BadHex
	case n < 2 || n > len(buf):
		return nil, FrameSize
	}
	return append(make([]byte, 0, n), buf[:n]...), ""
}

// measure reads direction, signal, score and time on air.
func (f *packetFields) measure(m *Message, r *PacketReport) {
	snr, rssi, score := either(f.snr, f.snrLow), either(f.rssi, f.rssiLow), either(f.score, f.scoreCap)
	if v, ok := number(f.duration); ok && v >= 1 && v <= 20_000 {
		r.DurationMS = int(v)
	}
	if isTX(either(f.direction, f.directionCap)) {
		r.Direction = TX
		if says(snr) || says(rssi) {
			m.warn(WarnTxSignalIgnored)
		}
		return
	}
	if !snr.Exists() && !rssi.Exists() {
		m.warn(WarnNoSignalFields)
	}
	r.SNR, r.HasSNR = readSNR(m, snr)
	r.RSSI, r.HasRSSI = readRSSI(m, rssi)
	r.Score, r.HasScore = readScore(m, score)
	if r.HasSNR {
		r.SNR4, r.SNRStep4 = snrQuarters(r.SNR), snrStep(snr)
	}
	if m.Dialect == DialectHA && r.Score == 1 && r.DurationMS == 0 {
		r.Score, r.HasScore = 0, false
		m.warn(WarnScoreConstant)
	}
}

func isTX(direction member) bool { return equalFold(trimBlanks(str(direction)), "tx") }

// says reports whether a member holds a number other than 0.
func says(v member) bool {
	n, ok := number(v)
	return ok && n != 0
}

func readSNR(m *Message, v member) (float64, bool) {
	snr, ok := number(v)
	return plausibleSNR(m, snr, ok)
}

func plausibleSNR(m *Message, snr float64, ok bool) (float64, bool) {
	if ok && !(snr >= -40 && snr <= 40) {
		m.warn(WarnSNRRange)
		return 0, false
	}
	if !ok {
		return 0, false
	}
	return snr, true
}

func readRSSI(m *Message, v member) (int, bool) {
	rssi, ok := number(v)
	return plausibleRSSI(m, rssi, ok)
}

// plausibleRSSI takes 0 for unknown, as publishers mean it.
func plausibleRSSI(m *Message, rssi float64, ok bool) (int, bool) {
	if !ok || rssi == 0 {
		return 0, false
	}
	if rssi > 0 || rssi < -200 {
		m.warn(WarnRSSIRange)
		return 0, false
	}
	return min(int(math.Round(rssi)), -1), true
}

func readScore(m *Message, v member) (float64, bool) {
	score, ok := number(v)
	return plausibleScore(m, score, ok)
}

// plausibleScore takes 0 to 1, or thousandths.
func plausibleScore(m *Message, score float64, ok bool) (float64, bool) {
	if !ok {
		return 0, false
	}
	if !(score >= 0 && score <= 1000) {
		m.warn(WarnScoreRange)
		return 0, false
	}
	if score > 1 {
		score /= 1000
	}
	return score, true
}

// snrQuarters is an SNR as the firmware keeps it.
func snrQuarters(dB float64) int { return min(max(int(math.Round(4*dB)), -127), 127) }

// snrStep is the resolution in quarter dB: log-line parsers send whole numbers,
// which the firmware cut off.
func snrStep(v member) int {
	if strings.ContainsRune(content(v), '.') {
		return 1
	}
	return 4
}

// check compares what the message says of the frame with the frame.
func (f *packetFields) check(m *Message, r *PacketReport) {
	length, hasLen := number(f.length)
	claimed, hasHash := claimedHash(f.hash)
	if r.Direction == TX {
		sameLen := hasLen && length == float64(len(r.Frame))
		if !sameLen || !hasHash || claimed != r.Hash || !passed(r.Packet, m.Observer) {
			m.warn(WarnTxRawUnproven)
			*r = PacketReport{Direction: TX, DurationMS: r.DurationMS, TxLen: f.txLen()}
		}
		return
	}
	if hasLen && length != float64(len(r.Frame)) {
		m.warn(WarnLenMismatch)
	}
	if hasHash && claimed != r.Hash {
		m.warn(WarnHashMismatch)
	}
}

// txLen is how many bytes a tx says it had, 0 if it does not say.
func (f *packetFields) txLen() int {
	n, ok := number(f.length)
	if !ok || n < 2 || n > meshcore.MaxFrame {
		return 0
	}
	return int(n)
}

// claimedHash reads the publisher's own hash; all zeros mean that it failed.
func claimedHash(v member) (h meshcore.Hash, ok bool) {
	s := trimBlanks(str(v))
	n, ok := decodeHex(h[:], s)
	return h, ok && n == len(h) && len(s) == 2*len(h) && h != meshcore.Hash{}
}

// passed reports whether the path can be that of a frame which the observer
// sent: a flood came from it or ends in its own hop, a direct packet no longer
// has it ahead. The path of a TRACE does not tell, but its hash covers it.
func passed(p meshcore.Packet, observer string) bool {
	key, err := meshcore.ParsePublicKey(observer)
	if err != nil {
		return false
	}
	if heard, ok := p.Heard(); ok {
		last, any := heard.Last()
		return !any || last.Matches(key)
	}
	if ahead, ok := p.Ahead(); ok {
		return ahead.Len() == 0 || !ahead.At(0).Matches(key)
	}
	return true
}
