package web

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"hilltop/appliance/internal/index"
	"hilltop/firmware-bridge/meshcore"
)

// apiDecoded is the answer to POST /api/decode.
type apiDecoded struct {
	Decoded decodedFrame `json:"decoded"`
}

// decodedFrame is a frame taken apart, under the names that clients know.
type decodedFrame struct {
	Header         decodedHeader     `json:"header"`
	TransportCodes *decodedTransport `json:"transportCodes"`
	Path           decodedPath       `json:"path"`
	Payload        decodedPayload    `json:"payload"`
	Hash           string            `json:"hash"`
	Raw            string            `json:"raw"`
	Anomaly        string            `json:"anomaly,omitempty"`
}

type decodedHeader struct {
	RouteType       int    `json:"routeType"`
	RouteTypeName   string `json:"routeTypeName"`
	PayloadType     int    `json:"payloadType"`
	PayloadTypeName string `json:"payloadTypeName"`
	PayloadVersion  int    `json:"payloadVersion"`
}

// decodedTransport holds the codes' two bytes each in the order of the air.
type decodedTransport struct {
	Code1 string `json:"code1"`
	Code2 string `json:"code2"`
}

// decodedPath is a path as sent; of a TRACE the planned route.
type decodedPath struct {
	HashSize      int      `json:"hashSize"` // bytes a hop; 0 of a direct packet without hops, which does not say
	HashCount     int      `json:"hashCount"`
	Hops          []string `json:"hops"`
	HopsCompleted *int     `json:"hopsCompleted,omitempty"` // of a TRACE
}

// apiDecode is POST /api/decode: a frame taken apart, with the keys that are
// known here.
func (s *Server) apiDecode(_ held, r *http.Request) (any, error) {
	var body struct {
		Hex string `json:"hex"`
	}
	if err := apiBody(r, &body, "hex"); err != nil {
		return nil, err
	}
	frame, err := frameHex(body.Hex)
	if err != nil {
		return nil, wrong("hex", "want the bytes of a frame in hex digits")
	}
	p, err := meshcore.Parse(frame)
	if err != nil {
		return nil, wrong("hex", "no MeshCore frame: %v", err)
	}
	return apiDecoded{decodeFrame(p, frame, s.Ring)}, nil
}

func decodeFrame(p meshcore.Packet, frame []byte, ring *meshcore.KeyRing) decodedFrame {
	out := decodedFrame{
		Header: decodedHeader{
			RouteType: int(p.Route), RouteTypeName: p.Route.String(), PayloadType: int(p.Type), PayloadTypeName: p.Type.String(),
			PayloadVersion: int(p.Version),
		},
		Path: decodePath(p), Payload: decodePayload(p, ring, false), Hash: p.Hash().String(), Raw: upperHex(frame),
	}
	if p.Route.HasTransport() {
		out.TransportCodes = &decodedTransport{
			Code1: upperHex(frame[1:3]),
			Code2: upperHex(frame[3:5]),
		}
	}
	if p.Type == meshcore.TypeTrace && p.Route.IsFlood() {
		out.Anomaly = "a TRACE that is flooded: nodes do not process it"
	}
	return out
}

func decodePath(p meshcore.Packet) decodedPath {
	out := decodedPath{HashSize: p.HopWidth(), Hops: []string{}}
	if snrs, ok := p.TraceSNR(); ok {
		out.Hops = traceRoute(out.Hops, p.Payload)
		out.HashCount, out.HopsCompleted = len(out.Hops), new(snrs.Len())
		if t, err := meshcore.ParseTrace(p.Payload); err == nil {
			out.HashSize = t.HashSize()
		}
		return out
	}
	if heard, ok := p.Heard(); ok {
		for _, h := range heard.All() {
			out.Hops = append(out.Hops, h.String())
		}
	} else if ahead, ok := p.Ahead(); ok {
		for _, h := range ahead.All() {
			out.Hops = append(out.Hops, h.String())
		}
		if ahead.Len() == 0 {
			out.HashSize = 0
		}
	}
	out.HashCount = len(out.Hops)
	return out
}

// decodedPayload is what a payload says, under the names that clients know.
// Each type has some of the members; bytes are in lower-case hex.
type decodedPayload struct {
	Type  string `json:"type"` // name of the payload type; CHAN for a channel text that was read
	Error string `json:"error,omitempty"`
	Raw   string `json:"raw,omitempty"` // the payload, where it is not understood

	// Encrypted exchanges.
	DestHash        string `json:"destHash,omitempty"`
	SrcHash         string `json:"srcHash,omitempty"`
	MAC             string `json:"mac,omitempty"`
	EncryptedData   string `json:"encryptedData,omitempty"`
	EphemeralPubKey string `json:"ephemeralPubKey,omitempty"`
	PathData        string `json:"pathData,omitempty"`

	// ACK.
	ExtraHash  string `json:"extraHash,omitempty"`
	AckLen     *int   `json:"ackLen,omitempty"`
	AckAttempt *int   `json:"ackAttempt,omitempty"`
	AckRand    *int   `json:"ackRand,omitempty"`

	// ADVERT.
	PubKey         string        `json:"pubKey,omitempty"`
	Timestamp      *uint32       `json:"timestamp,omitempty"`
	TimestampISO   string        `json:"timestampISO,omitempty"`
	Signature      string        `json:"signature,omitempty"`
	SignatureValid *bool         `json:"signatureValid,omitempty"`
	Flags          *decodedFlags `json:"flags,omitempty"`
	Lat            *float64      `json:"lat,omitempty"`
	Lon            *float64      `json:"lon,omitempty"`
	Name           string        `json:"name,omitempty"`

	// Channels.
	ChannelHash      *int    `json:"channelHash,omitempty"`
	ChannelHashHex   string  `json:"channelHashHex,omitempty"`
	DecryptionStatus string  `json:"decryptionStatus,omitempty"` // decrypted, decryption_failed, no_key
	Channel          string  `json:"channel,omitempty"`
	Sender           string  `json:"sender,omitempty"`
	Text             string  `json:"text,omitempty"` // "sender: message"
	SenderTimestamp  *uint32 `json:"sender_timestamp,omitempty"`
	DataType         *int    `json:"dataType,omitempty"`
	DataLen          *int    `json:"dataLen,omitempty"`
	DecryptedBlob    string  `json:"decryptedBlob,omitempty"`

	// TRACE.
	Tag        *uint32   `json:"tag,omitempty"`
	AuthCode   *uint32   `json:"authCode,omitempty"`
	TraceFlags *int      `json:"traceFlags,omitempty"`
	SNRValues  []float64 `json:"snrValues,omitempty"` // dB

	// MULTIPART.
	Remaining       *int   `json:"remaining,omitempty"`
	InnerType       *int   `json:"innerType,omitempty"`
	InnerTypeName   string `json:"innerTypeName,omitempty"`
	InnerAckCRC     string `json:"innerAckCrc,omitempty"`
	InnerAckLen     *int   `json:"innerAckLen,omitempty"`
	InnerAckAttempt *int   `json:"innerAckAttempt,omitempty"`
	InnerAckRand    *int   `json:"innerAckRand,omitempty"`
	InnerPayload    string `json:"innerPayload,omitempty"`

	// CONTROL.
	CtrlFlags    string  `json:"ctrlFlags,omitempty"`
	CtrlZeroHop  *bool   `json:"ctrlZeroHop,omitempty"`
	CtrlLength   *int    `json:"ctrlLength,omitempty"`
	CtrlSubtype  string  `json:"ctrlSubtype,omitempty"`
	CtrlFilter   *int    `json:"ctrlFilter,omitempty"`
	CtrlTag      *uint32 `json:"ctrlTag,omitempty"`
	CtrlSince    *uint32 `json:"ctrlSince,omitempty"`
	CtrlNodeType *int    `json:"ctrlNodeType,omitempty"`
	CtrlSNR      *int    `json:"ctrlSNR,omitempty"` // quarter dB
	CtrlPubKey   string  `json:"ctrlPubKey,omitempty"`

	// RAW_CUSTOM.
	RawLength    *int   `json:"rawLength,omitempty"`
	FirstByteTag string `json:"firstByteTag,omitempty"`
}

// decodedFlags are an advert's flags.
type decodedFlags struct {
	Raw         int  `json:"raw"`
	Type        int  `json:"type"`
	Chat        bool `json:"chat"`
	Repeater    bool `json:"repeater"`
	Room        bool `json:"room"`
	Sensor      bool `json:"sensor"`
	HasLocation bool `json:"hasLocation"`
	HasFeat1    bool `json:"hasFeat1"`
	HasFeat2    bool `json:"hasFeat2"`
	HasName     bool `json:"hasName"`
}

// decodedJSON is a payload as the lists of packets carry it: JSON in a string.
// verified: an advert is known to be signed.
func decodedJSON(p meshcore.Packet, ring *meshcore.KeyRing, verified bool) string {
	const usual = 512 // bytes, with which most do
	d := decodePayload(p, ring, verified)
	return string(d.appendJSON(make([]byte, 0, usual)))
}

// decodePayload reads a payload as far as that goes without guessing.
func decodePayload(p meshcore.Packet, ring *meshcore.KeyRing, verified bool) decodedPayload {
	d := decodedPayload{Type: p.Type.String()}
	var err error
	switch p.Type {
	case meshcore.TypeReq, meshcore.TypeResponse, meshcore.TypeTxtMsg, meshcore.TypePath:
		err = d.envelope(p)
	case meshcore.TypeAnonReq:
		err = d.anonymous(p.Payload)
	case meshcore.TypeAck:
		err = d.ack(p.Payload)
	case meshcore.TypeAdvert:
		err = d.advert(p.Payload, verified)
	case meshcore.TypeGrpTxt, meshcore.TypeGrpData:
		err = d.group(p, ring)
	case meshcore.TypeTrace:
		err = d.trace(p)
	case meshcore.TypeMultipart:
		err = d.multipart(p.Payload)
	case meshcore.TypeControl:
		err = d.control(p.Payload)
	case meshcore.TypeRawCustom:
		d.RawLength, d.Raw = new(len(p.Payload)), hex.EncodeToString(p.Payload)
		if len(p.Payload) > 0 {
			d.FirstByteTag = fmt.Sprintf("%02X", p.Payload[0])
		}
	default:
		d.Raw = hex.EncodeToString(p.Payload)
	}
	if err != nil {
		d.Error = reasonOf(err)
		if d.Raw == "" {
			d.Raw = hex.EncodeToString(p.Payload)
		}
	}
	return d
}

// reasonOf says shortly why a payload could not be read.
func reasonOf(err error) string {
	var p *meshcore.PayloadError
	if errors.As(err, &p) {
		return strings.ReplaceAll(p.Reason, "_", " ")
	}
	return err.Error()
}

func (d *decodedPayload) envelope(p meshcore.Packet) error {
	e, err := meshcore.ParseEnvelope(p.Payload)
	if err != nil {
		return err
	}
	d.DestHash, d.SrcHash = fmt.Sprintf("%02x", e.Dest), fmt.Sprintf("%02x", e.Src)
	d.MAC = hex.EncodeToString(e.MAC[:])
	if p.Type == meshcore.TypePath {
		d.PathData = hex.EncodeToString(e.Ciphertext)
	} else {
		d.EncryptedData = hex.EncodeToString(e.Ciphertext)
	}
	return nil
}

func (d *decodedPayload) anonymous(payload []byte) error {
	e, err := meshcore.ParseAnonEnvelope(payload)
	if err != nil {
		return err
	}
	d.DestHash, d.EphemeralPubKey = fmt.Sprintf("%02x", e.Dest), e.Sender.String()
	d.MAC, d.EncryptedData = hex.EncodeToString(e.MAC[:]), hex.EncodeToString(e.Ciphertext)
	return nil
}

func (d *decodedPayload) ack(payload []byte) error {
	a, err := meshcore.ParseAck(payload)
	if err != nil {
		return err
	}
	d.ExtraHash, d.AckLen = fmt.Sprintf("%08x", a.Uint32()), new(ackLen(a))
	d.AckAttempt, d.AckRand = ackExtra(a)
	return nil
}

// ackLen is how long an ACK is as the firmware sends it, at most six bytes.
func ackLen(a meshcore.Ack) int { return min(len(a.Code)+len(a.Extra), 6) }

// ackExtra are the bytes behind the code: attempt and random, as far as there.
func ackExtra(a meshcore.Ack) (attempt, random *int) {
	if len(a.Extra) > 0 {
		attempt = new(int(a.Extra[0]))
	}
	if len(a.Extra) > 1 {
		random = new(int(a.Extra[1]))
	}
	return attempt, random
}

func (d *decodedPayload) advert(payload []byte, verified bool) error {
	a, err := meshcore.ParseAdvert(payload)
	if err != nil {
		return err
	}
	d.PubKey, d.Timestamp, d.TimestampISO = a.Key.String(), &a.Timestamp, apiTime(time.Unix(int64(a.Timestamp), 0).UnixMilli())
	d.Signature, d.SignatureValid = hex.EncodeToString(a.Signature[:]), new(verified || a.Verify())
	if len(a.AppData) == 0 {
		return nil
	}
	d.Flags = &decodedFlags{
		Raw: int(a.Flags), Type: int(a.Role), Chat: a.Role == meshcore.RoleCompanion, Repeater: a.Role == meshcore.RoleRepeater,
		Room: a.Role == meshcore.RoleRoom, Sensor: a.Role == meshcore.RoleSensor,
		HasLocation: a.HasPosition, HasFeat1: a.HasFeat1, HasFeat2: a.HasFeat2, HasName: a.HasName,
	}
	if a.AppDataValid && a.HasPosition {
		d.Lat, d.Lon = new(a.Lat()), new(a.Lon())
	}
	d.Name = clean(a.Name, meshcore.MaxAppData)
	return nil
}

func (d *decodedPayload) group(p meshcore.Packet, ring *meshcore.KeyRing) error {
	g, err := meshcore.ParseGroup(p.Payload)
	if err != nil {
		return err
	}
	d.ChannelHash, d.ChannelHashHex = new(int(g.Channel)), fmt.Sprintf("%02X", g.Channel)
	d.MAC, d.EncryptedData = hex.EncodeToString(g.MAC[:]), hex.EncodeToString(g.Ciphertext)
	opened, err := ring.Open(p.Payload)
	if err != nil {
		d.DecryptionStatus = "decryption_failed"
		if errors.Is(err, meshcore.ErrNoKey) {
			d.DecryptionStatus = "no_key"
		}
		return nil
	}
	d.Channel = opened.Channel.Name
	if p.Type == meshcore.TypeGrpData {
		return d.datagram(opened.Plain)
	}
	t := index.ReadText(ring, p.Payload)
	if t == nil {
		d.DecryptionStatus = "decryption_failed"
		return nil
	}
	d.Type, d.DecryptionStatus, d.Sender, d.Text, d.SenderTimestamp = "CHAN", "decrypted", t.Sender, t.Text, &t.Sent
	if t.Sender != "" {
		d.Text = t.Sender + ": " + t.Text
	}
	return nil
}

func (d *decodedPayload) datagram(plain []byte) error {
	d.DecryptionStatus = "decrypted"
	v, err := meshcore.ParseGroupData(plain)
	if err != nil {
		return err
	}
	d.DataType, d.DataLen, d.DecryptedBlob = new(int(v.DataType)), new(int(v.DataLen)), hex.EncodeToString(v.Data)
	return nil
}

func (d *decodedPayload) trace(p meshcore.Packet) error {
	t, err := meshcore.ParseTrace(p.Payload)
	if err != nil {
		return err
	}
	d.Tag, d.AuthCode, d.TraceFlags, d.PathData = &t.Tag, &t.AuthCode, new(int(t.Flags)), hex.EncodeToString(t.Route)
	if snrs, ok := p.TraceSNR(); ok {
		for i := range snrs.Len() {
			d.SNRValues = append(d.SNRValues, snrs.DB(i))
		}
	}
	return nil
}

func (d *decodedPayload) multipart(payload []byte) error {
	m, err := meshcore.ParseMultipart(payload)
	var p *meshcore.PayloadError
	if errors.As(err, &p) && p.Reason == meshcore.ReasonPayloadTooShort {
		return err
	}
	d.Remaining, d.InnerType, d.InnerTypeName = new(int(m.Remaining)), new(int(m.Inner)), m.Inner.String()
	if a, ok := m.Ack(); ok {
		d.InnerAckCRC, d.InnerAckLen = fmt.Sprintf("%08x", a.Uint32()), new(ackLen(a))
		d.InnerAckAttempt, d.InnerAckRand = ackExtra(a)
	} else {
		d.InnerPayload = hex.EncodeToString(m.Data)
	}
	return err
}

func (d *decodedPayload) control(payload []byte) error {
	c, err := meshcore.ParseControl(payload)
	if err != nil {
		return err
	}
	d.CtrlFlags, d.CtrlZeroHop, d.CtrlLength = fmt.Sprintf("%02x", c.Flags), new(c.ZeroHopOnly()), new(len(payload))
	d.CtrlSubtype, d.Raw = "UNKNOWN", hex.EncodeToString(payload)
	if q, ok, err := c.DiscoverRequest(); ok {
		d.CtrlSubtype = "DISCOVER_REQ"
		if err != nil {
			return err
		}
		d.CtrlFilter, d.CtrlTag = new(int(q.TypeFilter)), &q.Tag
		if q.HasSince {
			d.CtrlSince = &q.Since
		}
	}
	if a, ok, err := c.DiscoverResponse(); ok {
		d.CtrlSubtype = "DISCOVER_RESP"
		if err != nil {
			return err
		}
		d.CtrlNodeType, d.CtrlSNR, d.CtrlTag, d.CtrlPubKey = new(int(a.Role)), new(int(a.SNR)), &a.Tag, hex.EncodeToString(a.Key)
	}
	return nil
}
