package index

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"unique"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Channels holds the channel messages that could be read, and counts those
// that could not by their hash byte.
type Channels struct {
	ring *meshcore.KeyRing

	mu    sync.RWMutex
	hours map[uint32]*channelHour // guarded by mu
}

// channelHour is what was sent in channels by the transmissions that are stored
// in an hour, both by transmission ID.
type channelHour struct {
	texts  []textRow
	words  []byte   // of the texts, one after another
	names  []string // of channels and senders
	others []unread
	keys   uint64 // generation of the ring with which it was read

	numbers map[string]uint32 // of names; nil when nothing was added lately
}

// textRow is a message, with its words in channelHour.words.
type textRow struct {
	tx              uint64
	hash            meshcore.Hash
	first           int32 // where it stands, ms after the hour's start
	sent            uint32
	copies          uint32
	channel, sender uint32 // places in names
	from, size      uint32 // in words
}

// message is a row as others see it.
func (h *channelHour) message(hour uint32, r *textRow) mesh.Message {
	return mesh.Message{
		Channel: h.names[r.channel], Sender: h.names[r.sender], Text: string(h.words[r.from : r.from+r.size]),
		Sent: r.sent, Tx: r.tx, Hash: r.hash, First: hourStart(hour) + int64(r.first), Copies: int(r.copies),
	}
}

// name gives the place of a name, which is added if need be.
func (h *channelHour) name(s string) uint32 {
	if h.numbers == nil {
		h.numbers = make(map[string]uint32, len(h.names))
		for i, name := range h.names {
			h.numbers[name] = uint32(i)
		}
	}
	n, ok := h.numbers[s]
	if !ok {
		n = uint32(len(h.names))
		s = same(s)
		h.names = append(h.names, s)
		h.numbers[s] = n
	}
	return n
}

// unread is a transmission of a channel without a text: one that is locked, or
// a datagram.
type unread struct {
	tx     uint64
	first  int64 // where it stands, Unix ms
	hash   byte
	copies uint32
	data   string // channel of a datagram that could be decrypted; "" if it is locked
}

// Why says why a channel is locked.
type Why string

// The reasons why a channel is locked.
const (
	WhyNoKey Why = "no key"             // no key has its hash byte
	WhyWrong Why = "keys but none fits" // keys have its hash byte, and are not its key
)

// Channel sums up one channel.
type Channel struct {
	Ref      string // its name; of a locked one its hash byte in two upper-case hex digits
	Name     string // "" if locked
	HashByte byte
	Locked   bool
	Why      Why          // why it is locked
	Messages int64        // texts; of a locked one all its transmissions
	Data     int64        // datagrams that could be decrypted
	Copies   int64        // observations of the texts; 0 if locked
	Last     int64        // where the latest text stands, Unix ms; 0 none
	LastText mesh.Message // valid if Messages is not 0 and it is not locked
}

// NewChannels returns an index of the channels whose keys are on the ring.
func NewChannels(ring *meshcore.KeyRing) *Channels {
	return &Channels{ring: ring, hours: make(map[uint32]*channelHour)}
}

func isGroup(t meshcore.Type, payload []byte) bool {
	return (t == meshcore.TypeGrpTxt || t == meshcore.TypeGrpData) && len(payload) > 0
}

func (x *Channels) apply(e *Event) {
	if !isGroup(e.Type, e.Payload) {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	h := x.hours[e.Hour]
	if h == nil {
		h = &channelHour{keys: x.ring.Generation()}
		x.hours[e.Hour] = h
	}
	if e.New {
		h.enter(x.ring, e.Type, e.Payload, x.textOf(h, e), e.First, textRow{tx: e.Tx, hash: e.Hash, first: int32(e.First - hourStart(e.Hour)), copies: 1})
		return
	}
	if i, found := slices.BinarySearchFunc(h.texts, e.Tx, byTextTx); found {
		h.texts[i].copies++
		h.texts[i].first = int32(e.First - hourStart(e.Hour))
	} else if i, found := slices.BinarySearchFunc(h.others, e.Tx, byUnreadTx); found {
		h.others[i].first = e.First
		h.others[i].copies++
	}
}

func byTextTx(r textRow, tx uint64) int  { return cmp.Compare(r.tx, tx) }
func byUnreadTx(u unread, tx uint64) int { return cmp.Compare(u.tx, tx) }

func (h *channelHour) add(hour uint32, ring *meshcore.KeyRing, t *mesh.Scanned) {
	if !isGroup(t.Type, t.Payload) {
		return
	}
	var text *Text
	if t.Type == meshcore.TypeGrpTxt {
		text = ReadText(ring, t.Payload)
	}
	h.enter(ring, t.Type, t.Payload, text, t.First, textRow{tx: t.ID, hash: t.Hash, first: int32(t.First - hourStart(hour)), copies: uint32(len(t.Obs))})
}

// enter appends a transmission that stands at first, Unix ms: r is complete but
// for its text.
func (h *channelHour) enter(ring *meshcore.KeyRing, typ meshcore.Type, payload []byte, text *Text, first int64, r textRow) {
	if text != nil {
		r.channel, r.sender, r.sent = h.name(text.Channel), h.name(text.Sender), text.Sent
		r.from, r.size = uint32(len(h.words)), uint32(len(text.Text))
		h.words = append(h.words, text.Text...)
		h.texts = append(h.texts, r)
		return
	}
	u := unread{tx: r.tx, first: first, hash: payload[0], copies: r.copies}
	if typ == meshcore.TypeGrpData {
		if o, err := ring.Open(payload); err == nil {
			u.data = same(o.Channel.Name)
		}
	}
	h.others = append(h.others, u)
}

// same gives the one copy of a text that is kept of all that are equal.
func same(s string) string { return unique.Make(s).Value() }

func (h *channelHour) finish() {
	slices.SortFunc(h.texts, func(a, b textRow) int { return cmp.Compare(a.tx, b.tx) })
	slices.SortFunc(h.others, func(a, b unread) int { return cmp.Compare(a.tx, b.tx) })
	h.texts, h.words, h.names, h.others = slices.Clone(h.texts), slices.Clone(h.words), slices.Clone(h.names), slices.Clone(h.others)
	h.numbers = nil
}

func (x *Channels) put(hour uint32, h *channelHour) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.hours[hour] = h
}

func (x *Channels) drop(hour uint32) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.hours, hour)
}

// newer orders messages as lists show them: newest first.
func newer(a, b mesh.Message) int {
	return cmp.Or(cmp.Compare(b.First, a.First), cmp.Compare(b.Tx, a.Tx))
}

// List sums up every channel that has a key or had traffic: those that can be
// read by name, then the locked ones by hash byte.
func (x *Channels) List() []Channel {
	x.mu.RLock()
	defer x.mu.RUnlock()
	open := make(map[string]*Channel)
	var list []*Channel
	for _, key := range x.ring.Channels() {
		if open[key.Name] == nil {
			open[key.Name] = &Channel{Ref: key.Name, Name: key.Name, HashByte: key.Key.HashByte()}
			list = append(list, open[key.Name])
		}
	}
	slices.SortFunc(list, func(a, b *Channel) int { return cmp.Compare(a.Name, b.Name) })
	var locked [256]*Channel
	for hour, h := range x.hours {
		h.sum(hour, open, &locked)
	}
	for hash, c := range locked {
		if c == nil {
			continue
		}
		c.Ref, c.HashByte, c.Locked, c.Why = fmt.Sprintf("%02X", hash), byte(hash), true, WhyNoKey
		if len(x.ring.Candidates(byte(hash))) > 0 {
			c.Why = WhyWrong
		}
		list = append(list, c)
	}
	out := make([]Channel, len(list))
	for i, c := range list {
		out[i] = *c
	}
	return out
}

// sum adds an hour to the channels' sums.
func (h *channelHour) sum(hour uint32, open map[string]*Channel, locked *[256]*Channel) {
	for i := range h.texts {
		r := &h.texts[i]
		c := open[h.names[r.channel]]
		if c == nil {
			continue // its key is gone
		}
		if at := (mesh.Message{First: hourStart(hour) + int64(r.first), Tx: r.tx}); c.Messages == 0 || newer(at, c.LastText) < 0 {
			c.LastText, c.Last = h.message(hour, r), at.First
		}
		c.Messages++
		c.Copies += int64(r.copies)
	}
	for _, u := range h.others {
		if c := open[u.data]; u.data != "" && c != nil {
			c.Data++
			continue
		}
		if locked[u.hash] == nil {
			locked[u.hash] = &Channel{}
		}
		c := locked[u.hash]
		c.Messages++
		c.Last = max(c.Last, u.first)
	}
}

// each gives the texts of a channel, of all if it is "", newest first.
func (x *Channels) each(name string, fn func(mesh.Message) bool) {
	of := func(hour uint32, h *channelHour, dst []mesh.Message) []mesh.Message {
		for i := range h.texts {
			if r := &h.texts[i]; name == "" || h.names[r.channel] == name {
				dst = append(dst, h.message(hour, r))
			}
		}
		return dst
	}
	standing(x.hours, of, newer, func(m mesh.Message) int64 { return m.First }, fn)
}

// Messages gives at most n texts of a channel, newest first, strictly before
// the cursor; the zero cursor begins with the newest.
func (x *Channels) Messages(name string, before mesh.Cursor, n int) []mesh.Message {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if name == "" || n <= 0 {
		return nil
	}
	var list []mesh.Message
	x.each(name, func(m mesh.Message) bool {
		if before == (mesh.Cursor{}) || newer(m, mesh.Message{First: before.First, Tx: before.ID}) > 0 {
			list = append(list, m)
		}
		return len(list) < n
	})
	return list
}

// Message gives the text of a transmission.
func (x *Channels) Message(tx uint64) (mesh.Message, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for _, hour := range newestFirst(x.hours) {
		h := x.hours[hour]
		if i, found := slices.BinarySearchFunc(h.texts, tx, byTextTx); found {
			return h.message(hour, &h.texts[i]), true
		}
	}
	return mesh.Message{}, false
}

// Latest gives at most n texts of all channels, newest first.
func (x *Channels) Latest(n int) []mesh.Message {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var list []mesh.Message
	x.each("", func(m mesh.Message) bool {
		if len(list) < n {
			list = append(list, m)
		}
		return len(list) < n
	})
	return list
}

// ChannelCount is how many texts a channel had.
type ChannelCount struct {
	Name     string
	Messages int64
}

// Busiest counts the texts of each channel that stand in from ≤ time < to (Unix
// ms), the busiest channel first.
func (x *Channels) Busiest(from, to int64) []ChannelCount {
	x.mu.RLock()
	defer x.mu.RUnlock()
	counts := make(map[string]int64)
	for hour, h := range x.hours {
		if _, any := inside(hour, from, to); !any {
			continue
		}
		for i := range h.texts {
			if at := hourStart(hour) + int64(h.texts[i].first); at >= from && at < to {
				counts[h.names[h.texts[i].channel]]++
			}
		}
	}
	list := make([]ChannelCount, 0, len(counts))
	for name, n := range counts {
		list = append(list, ChannelCount{name, n})
	}
	slices.SortFunc(list, func(a, b ChannelCount) int {
		return cmp.Or(cmp.Compare(b.Messages, a.Messages), cmp.Compare(a.Name, b.Name))
	})
	return list
}
