package index

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
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
	turns uint64                  // guarded by mu; changes to which transmissions are listed
	count uint64                  // guarded by mu; changes

	senders sync.Map // by a channel's name, *sendersKnown

	rereading uint32          // guarded by mu; the hour that is read again
	touched   map[uint64]bool // guarded by mu; transmissions that changed in it meanwhile; nil if none is read
}

// channelHour is what was sent in channels by the transmissions that are stored
// in an hour, both by transmission ID.
type channelHour struct {
	texts  []textRow
	words  []byte   // of the texts, one after another
	names  []string // of channels and senders
	others []unread
	far    farRegions // of both
	keys   uint64     // generation of the ring with which it was read

	numbers map[string]uint32 // of names; nil when nothing was added lately
	turn    uint64            // of the last change to which transmissions are listed
	change  uint64            // the last one, as Channels.count says

	sums      atomic.Pointer[hourSums]  // nil when something has changed since they were made
	where     atomic.Pointer[whereSums] // likewise
	hourWords atomic.Pointer[hourWords] // nil when a text has come in since they were made
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
	where           regionSet
}

// message is a row as others see it.
func (h *channelHour) message(hour uint32, r *textRow) mesh.Message {
	return mesh.Message{
		Channel: h.names[r.channel], Sender: h.names[r.sender], Text: string(h.wordsOf(r)),
		Sent: r.sent, Tx: r.tx, Hash: r.hash, First: mesh.HourStart(hour) + int64(r.first), Copies: int(r.copies),
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
	where  regionSet
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

// channelSum is a channel that is being summed up.
type channelSum struct {
	Channel
	texts bool // there are some: Last and LastText are of one
}

// NewChannels returns an index of the channels whose keys are on the ring.
func NewChannels(ring *meshcore.KeyRing) *Channels {
	return &Channels{ring: ring, hours: make(map[uint32]*channelHour)}
}

// Changes is a number that grows with every change.
func (x *Channels) Changes() uint64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.count
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
	x.touch(e.Hour, e.Tx)
	h := x.hours[e.Hour]
	if h == nil {
		h = &channelHour{keys: x.ring.Generation()}
		x.hours[e.Hour] = h
	}
	x.count++
	h.change = x.count
	h.sums.Store(nil)
	h.where.Store(nil)
	if e.New {
		h.hourWords.Store(nil)
		x.changed(h)
		r := textRow{tx: e.Tx, hash: e.Hash, first: int32(e.First - mesh.HourStart(e.Hour)), copies: 1}
		r.where.add(&h.far, e.Tx, e.Obs.Region)
		h.enter(x.ring, e.Type, e.Payload, x.textOf(h, e), e.First, r)
		return
	}
	if i, found := slices.BinarySearchFunc(h.texts, e.Tx, byTextTx); found {
		h.texts[i].copies++
		h.texts[i].first = int32(e.First - mesh.HourStart(e.Hour))
		h.texts[i].where.add(&h.far, e.Tx, e.Obs.Region)
	} else if i, found := slices.BinarySearchFunc(h.others, e.Tx, byUnreadTx); found {
		h.others[i].first = e.First
		h.others[i].copies++
		h.others[i].where.add(&h.far, e.Tx, e.Obs.Region)
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
	r := textRow{tx: t.ID, hash: t.Hash, first: int32(t.First - mesh.HourStart(hour)), copies: uint32(len(t.Obs))}
	for i := range t.Obs {
		r.where.add(&h.far, t.ID, t.Obs[i].Region)
	}
	h.enter(ring, t.Type, t.Payload, text, t.First, r)
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
	u := unread{tx: r.tx, first: first, hash: payload[0], copies: r.copies, where: r.where}
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
	x.count++
	h.change = x.count
	x.changed(h)
}

func (x *Channels) drop(hour uint32) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.hours, hour)
}
