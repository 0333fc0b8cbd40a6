package simmesh

import (
	"encoding/hex"
	"fmt"
	"strings"

	"hilltop/firmware-bridge/simmesh/internal/wire"
)

// frame is one transmission of one packet by one node, as observers report it.
type frame struct {
	raw        string // upper-case hex
	hash       string
	size       int
	payloadLen int
	typ        wire.Type
	direct     bool
	transport  bool
	ends       string // "A1 -> B2" for packets with source and destination
	hops       string // comma-separated path, for the capture client
	airMs      int64

	// The truth about it.
	src    int32   // node that sent the packet first
	from   int32   // node that transmitted this frame
	relays []int32 // flood, trace: relays so far, in order; direct: relays still to come
}

func newFrame(p *wire.Packet, hash string) *frame {
	raw := p.AppendTo(make([]byte, 0, p.Len()))
	f := &frame{
		raw: strings.ToUpper(hex.EncodeToString(raw)), hash: hash, size: len(raw), payloadLen: len(p.Payload),
		typ: p.Type, direct: !p.Route.IsFlood(), transport: p.Route.HasTransport(), airMs: airtime[min(len(raw), wire.MaxFrame)],
	}
	switch p.Type {
	case wire.Path, wire.Req, wire.Response, wire.TxtMsg:
		if len(p.Payload) > 1 {
			f.ends = fmt.Sprintf("%02X -> %02X", p.Payload[1], p.Payload[0])
		}
	}
	if f.direct && p.Type != wire.Trace {
		size := max(1, p.HashSize)
		for i := 0; i+size <= len(p.Path); i += size {
			if i > 0 {
				f.hops += ","
			}
			f.hops += hex.EncodeToString(p.Path[i : i+size])
		}
	}
	return f
}

func hashHex(p *wire.Packet) string {
	h := p.Hash()
	return strings.ToUpper(hex.EncodeToString(h[:]))
}
