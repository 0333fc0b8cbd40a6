package observer

import (
	"encoding/hex"
	"strings"

	"hilltop/firmware-bridge/meshcore"
)

const maxAccuracyM = 100_000

// parseClient reads what a mobile client heard. The key of the topic, which
// clients write in lower case, is what the broker bound to the login; a payload
// that names another is only noted.
func parseClient(m *Message, t topic, object string, e Envelope, o Options) {
	m.Dialect = DialectClient
	if !isKey(t.id) || strings.ToLower(t.id) != t.id {
		m.malformed(ClientKey)
		return
	}
	var gps member
	var f packetFields
	eachMember(object, func(key string, v member) {
		if key == "gps" {
			gps = v
			return
		}
		f.take(key, v)
	})
	f.identifyClient(m, t)
	m.ClientID = strings.ToLower(t.id)
	c := &ClientReception{Client: m.ClientID}
	if reason, k := f.clientFrame(c, e); reason != "" {
		m.end(k, reason)
		return
	}
	if reason := c.place(gps); reason != "" {
		m.malformed(reason)
		return
	}
	if reason := c.attribute(); reason != "" {
		m.ignore(reason)
		return
	}
	m.Kind, m.Client = KindClientRX, c
	m.settle(f.claim(m.Dialect), clientWindow, e.Arrived, nil)
	c.SNR, c.HasSNR = readSNR(m, either(f.snr, f.snrLow))
	c.RSSI, c.HasRSSI = readRSSI(m, either(f.rssi, f.rssiLow))
}

func (f *packetFields) identifyClient(m *Message, t topic) {
	name, bad := clean(str(f.origin), maxName)
	m.Name = keep(name)
	if bad {
		m.warn(WarnBadUTF8)
	}
	if claimed := trimBlanks(str(f.originID)); isKey(claimed) && !strings.EqualFold(claimed, t.id) {
		m.warn(WarnOriginMismatch)
	}
}

// clientFrame decodes the frame; the reason and kind say why there is none.
func (f *packetFields) clientFrame(c *ClientReception, e Envelope) (Reason, Kind) {
	if e.Retained {
		return RetainedPacket, KindIgnored
	}
	if isTX(either(f.direction, f.directionCap)) {
		return ClientTX, KindIgnored
	}
	frame, reason := f.frame()
	switch reason {
	case "":
	case NoFrame:
		return reason, KindIgnored
	default:
		return reason, KindMalformed
	}
	p, err := meshcore.Parse(frame)
	if err != nil {
		return UndecodableFrame, KindMalformed
	}
	c.Frame, c.Packet, c.Hash = frame, p, p.Hash()
	return "", ""
}

// place reads the position, without which the report is of no use.
func (c *ClientReception) place(gps member) Reason {
	if !gps.IsObject() {
		return NoFix
	}
	_, hasLat := number(gps.Get("lat"))
	_, hasLon := number(gps.Get("lon"))
	p, ok := readPosition(gps, "lat", "lon")
	switch {
	case !hasLat || !hasLon:
		return NoFix
	case !ok:
		return BadGPS
	case p == Position{}:
		return NoFix
	}
	c.At = p
	gps.ForEach(func(k, v member) bool {
		if k.Str == "acc_m" {
			c.AccuracyM, c.HasAccuracy = number(v)
		}
		return true
	})
	if c.AccuracyM < 0 || c.AccuracyM > maxAccuracyM {
		c.AccuracyM, c.HasAccuracy = 0, false
	}
	return ""
}

// attribute finds who sent the frame that was heard: the advertiser if nobody
// relayed the advert yet, else the last hop of a flood. One byte of a key fits
// too many nodes.
func (c *ClientReception) attribute() Reason {
	heard, flood := c.Packet.Heard()
	if flood && heard.Len() > 0 {
		hop, _ := heard.Last()
		if hop.Width() < 2 {
			return HopTooShort
		}
		c.HeardKey, c.HeardBy = strings.ToLower(hop.String()), HeardHop
		return ""
	}
	ahead, direct := c.Packet.Ahead()
	if c.Packet.Type != meshcore.TypeAdvert || direct && ahead.Len() > 0 {
		return NotAttributable
	}
	a, err := meshcore.ParseAdvert(c.Packet.Payload)
	if err != nil {
		return NotAttributable
	}
	c.HeardKey, c.HeardBy = hex.EncodeToString(a.Key[:]), HeardAdvert
	return ""
}
