package web

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
)

const (
	apiMessagesUsual = 100
	apiMessagesMost  = 500
)

// apiChannel is a channel: Hash is its name, or "enc_" and its hash byte where
// no key opens it.
type apiChannel struct {
	Hash         string  `json:"hash"`
	Name         string  `json:"name"`
	LastMessage  *string `json:"lastMessage"`
	LastSender   *string `json:"lastSender"`
	MessageCount int64   `json:"messageCount"` // transmissions
	LastActivity *string `json:"lastActivity"`
	Encrypted    bool    `json:"encrypted,omitempty"`
}

// apiChannelList is the answer to GET /api/channels.
type apiChannelList struct {
	Channels []apiChannel `json:"channels"`
}

// apiMessage is a text of a channel.
type apiMessage struct {
	Sender          string   `json:"sender"` // as claimed: nobody has signed it
	Text            string   `json:"text"`
	Timestamp       string   `json:"timestamp"` // of its latest copy
	FirstSeen       string   `json:"first_seen"`
	SenderTimestamp uint32   `json:"sender_timestamp"` // Unix s by the sender's clock
	PacketID        int64    `json:"packetId"`         // of an observation
	PacketHash      string   `json:"packetHash"`
	Repeats         int      `json:"repeats"` // observations
	Observers       []string `json:"observers"`
	Hops            int      `json:"hops"`
	SNR             *float64 `json:"snr"`
}

// apiMessageList is the answer to GET /api/channels/{hash}/messages.
type apiMessageList struct {
	Messages []apiMessage `json:"messages"` // oldest first
	Total    int          `json:"total"`
	Limit    int          `json:"limit"`
	Offset   int          `json:"offset"`
}

// apiChannels is GET /api/channels.
func (s *Server) apiChannels(h held, r *http.Request) (any, error) {
	v := r.URL.Query()
	regions, err := apiRegions(v)
	if err != nil {
		return nil, err
	}
	all, err := apiFlag(v, "includeEncrypted")
	if err != nil {
		return nil, err
	}
	if h.Index == nil {
		return nil, errIndexLoading
	}
	open, locked := s.channelsOf(h).Active(regions)
	out := apiChannelList{Channels: []apiChannel{}}
	for _, c := range open {
		out.Channels = append(out.Channels, apiChannel{
			Hash: c.Name, Name: c.Name, LastMessage: textOr(c.LastText.Text), LastSender: textOr(c.LastText.Sender),
			MessageCount: c.Messages, LastActivity: apiTimeOr(c.Last),
		})
	}
	if !all {
		return out, nil
	}
	for _, c := range locked {
		out.Channels = append(out.Channels, lockedChannel(c))
	}
	return out, nil
}

func lockedChannel(c index.Channel) apiChannel {
	digits := fmt.Sprintf("%02X", c.HashByte)
	return apiChannel{Hash: "enc_" + digits, Name: "Encrypted (0x" + digits + ")", MessageCount: c.Messages, LastActivity: apiTimeOr(c.Last), Encrypted: true}
}

// apiMessages is GET /api/channels/{hash}/messages. A channel without texts
// that could be read has none.
func (s *Server) apiMessages(h held, r *http.Request) (any, error) {
	v := r.URL.Query()
	limit, err := apiLimit(v, apiMessagesUsual, apiMessagesMost)
	if err != nil {
		return nil, err
	}
	offset, err := apiOffset(v)
	if err != nil {
		return nil, err
	}
	regions, err := apiRegions(v)
	if err != nil {
		return nil, err
	}
	if h.Index == nil {
		return nil, errIndexLoading
	}
	list := s.channelsOf(h).Messages(r.PathValue("hash"), regions, offset, limit)
	out := apiMessageList{Messages: make([]apiMessage, 0, len(list.Rows)), Total: list.Total, Limit: limit, Offset: offset}
	for _, m := range list.Rows {
		out.Messages = append(out.Messages, apiMessageOf(m))
	}
	return out, nil
}

func apiMessageOf(m report.ChannelMessage) apiMessage {
	out := apiMessage{
		Sender: m.Sender, Text: m.Text, Timestamp: apiTime(m.Latest), FirstSeen: apiTime(m.First), SenderTimestamp: m.Sent,
		PacketID: observationID(report.Reception{Episode: m.Tx, Num: m.Best}), PacketHash: m.Hash.String(), Repeats: m.Copies, Observers: []string{},
		Hops: m.Hops, SNR: snrOf(mesh.Observation{SNR4: m.SNR4}),
	}
	for _, o := range m.Observers {
		out.Observers = append(out.Observers, cmp.Or(o.Name, strings.ToUpper(o.ID)))
	}
	return out
}
