package report

import (
	"context"
	"slices"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// HeardText is a text of a channel with how it was heard.
type HeardText struct {
	mesh.Message
	Observers           int // different ones; 0: the packet is no longer held
	HopsLeast, HopsMost int // relays on the way of its copies; valid if Flooded
	Flooded             bool
	SNR4                int8 // the best, in quarter dB; mesh.NoSNR if none is known
}

// Text is the text of a transmission, false if it holds none that could be read.
func (c Channels) Text(tx uint64) (HeardText, bool) {
	m, ok := c.Index.Message(tx)
	if !ok {
		return HeardText{}, false
	}
	return c.heardText(m), true
}

func (c Channels) heard(ctx context.Context, list []mesh.Message) ([]HeardText, error) {
	out := make([]HeardText, len(list))
	return out, Share(ctx, len(list), func(_, i int) { out[i] = c.heardText(list[i]) })
}

func (c Channels) heardText(m mesh.Message) HeardText {
	out := HeardText{Message: m, SNR4: mesh.NoSNR}
	c.Store.ShowByID(m.Tx, func(tx *mesh.Scanned) { out = heardIn(m, tx) })
	return out
}

func heardIn(m mesh.Message, tx *mesh.Scanned) HeardText {
	out := HeardText{Message: m, SNR4: mesh.NoSNR}
	seen := make([]uint32, 0, 32)
	for i := range tx.Obs {
		o := &tx.Obs[i]
		if !slices.Contains(seen, o.Observer) {
			seen = append(seen, o.Observer)
		}
		if o.SNR4 != mesh.NoSNR && (out.SNR4 == mesh.NoSNR || o.SNR4 > out.SNR4) {
			out.SNR4 = o.SNR4
		}
		if !meshcore.Route(o.Header & 3).IsFlood() {
			continue
		}
		hops := int(o.PathLen & 63)
		if !out.Flooded {
			out.HopsLeast, out.HopsMost, out.Flooded = hops, hops, true
		}
		out.HopsLeast, out.HopsMost = min(out.HopsLeast, hops), max(out.HopsMost, hops)
	}
	out.Observers = len(seen)
	return out
}

// Latest gives at most n texts of all channels, newest first.
func (c Channels) Latest(ctx context.Context, n int) ([]HeardText, error) {
	return c.heard(ctx, c.Index.Latest(n))
}

// GroupPacket is a channel's packet as it was sent, for whoever has the key.
type GroupPacket struct {
	HeardText // without the text
	Type      meshcore.Type
	Payload   []byte
}

// OfByte gives at most n packets of channels with a hash byte, whether they can
// be read here or not: the newest before a place, newest first; the zero cursor
// begins with the newest. total counts all of them.
func (c Channels) OfByte(hash byte, before mesh.Cursor, n int) (list []GroupPacket, total int) {
	ids, total := c.Index.OfByte(hash, before, n)
	list = eachHeld(c.Store, ids, func(id uint64) uint64 { return id }, func(id uint64, tx *mesh.Scanned) GroupPacket {
		m := mesh.Message{Tx: id, Hash: tx.Hash, First: tx.First, Copies: len(tx.Obs)}
		return GroupPacket{HeardText: heardIn(m, tx), Type: tx.Type, Payload: slices.Clone(tx.Payload)}
	})
	return list, total
}
