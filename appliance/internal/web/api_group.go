package web

import (
	"encoding/hex"
	"net/http"
	"strings"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
)

// apiGroupPacket is a channel's packet as it was sent.
type apiGroupPacket struct {
	Hash      string   `json:"hash"`
	FirstSeen string   `json:"first_seen"`
	Type      int      `json:"type"`
	Payload   string   `json:"payload"` // lower-case hex
	Copies    int      `json:"observation_count"`
	Observers int      `json:"observers"`
	Hops      *int     `json:"hops"`
	HopsLeast *int     `json:"hops_least"`
	SNR       *float64 `json:"snr"`
}

// apiGroupPackets is the answer to GET /api/channels/{hash}/packets.
type apiGroupPackets struct {
	Packets []apiGroupPacket `json:"packets"`
	Total   int              `json:"total"`
	Next    string           `json:"next"`
}

// apiChannelPackets is GET /api/channels/{hash}/packets: for whoever has a key
// that this machine does not have.
func (s *Server) apiChannelPackets(h held, r *http.Request) (any, error) {
	if h.Index == nil {
		return nil, errIndexLoading
	}
	v := r.URL.Query()
	limit, err := apiLimit(v, apiMessagesUsual, apiMessagesMost)
	if err != nil {
		return nil, err
	}
	before, err := cursorOf(v, "before")
	if err != nil {
		return nil, err
	}
	ref := r.PathValue("hash")
	if !strings.HasPrefix(ref, "enc_") {
		ref = "enc_" + ref
	}
	hash, ok := report.LockedRef(ref)
	if !ok {
		return nil, wrong("hash", "%q is no hash byte in two hex digits", clean(r.PathValue("hash"), nameLimit))
	}
	list, total := s.channelsOf(h).OfByte(hash, before, limit)
	out := apiGroupPackets{Packets: make([]apiGroupPacket, 0, len(list)), Total: total}
	for _, p := range list {
		out.Packets = append(out.Packets, apiGroupPacketOf(p))
	}
	if len(list) == limit {
		last := list[limit-1]
		out.Next = cursorText(mesh.Cursor{First: last.First, ID: last.Tx})
	}
	return out, nil
}

func apiGroupPacketOf(p report.GroupPacket) apiGroupPacket {
	out := apiGroupPacket{Hash: p.Hash.String(), FirstSeen: apiTime(p.First), Type: int(p.Type), Payload: hex.EncodeToString(p.Payload), Copies: p.Copies, Observers: p.Observers}
	if p.Flooded {
		out.Hops, out.HopsLeast = &p.HopsMost, &p.HopsLeast
	}
	if p.SNR4 != mesh.NoSNR {
		out.SNR = new(float64(p.SNR4) / 4)
	}
	return out
}
