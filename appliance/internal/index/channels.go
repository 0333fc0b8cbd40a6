package index

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Channels holds the channel messages that could be read, and counts those
// that could not by their hash byte.
type Channels struct {
	ring *meshcore.KeyRing

	mu     sync.RWMutex
	open   map[string]*channel // guarded by mu; by name
	locked [256]*lockedChannel // guarded by mu; by hash byte
	place  map[uint64]place    // guarded by mu; transmissions of channels, by ID
}

type channel struct {
	name     string
	messages []*mesh.Message // by First, then by Tx
	data     buckets[int64]  // datagrams, by hour
}

type lockedChannel struct {
	hours buckets[lockedCount]
}

type lockedCount struct {
	transmissions int64
	last          int64
}

// place tells where a transmission was counted.
type place struct {
	message *mesh.Message
	hash    byte // of a locked one
	hour    int32
	data    string // channel of a datagram that could be read
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
	return &Channels{ring: ring, open: make(map[string]*channel), place: make(map[uint64]place)}
}

// Apply takes one observation.
func (x *Channels) Apply(e Event) {
	if e.Type != meshcore.TypeGrpTxt && e.Type != meshcore.TypeGrpData || len(e.Payload) == 0 {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case e.New:
		x.add(e)
	default:
		x.copied(e)
	}
}

func (x *Channels) add(e Event) {
	if e.Text != nil {
		m := &mesh.Message{Channel: e.Text.Channel, Sender: e.Text.Sender, Text: e.Text.Text,
			Sent: e.Text.Sent, Tx: e.Tx, Hash: e.Hash, First: e.First, Copies: 1}
		x.channel(m.Channel).insert(m)
		x.place[e.Tx] = place{message: m}
		return
	}
	p := place{hash: e.Payload[0], hour: hourOf(e.First)}
	if e.Type == meshcore.TypeGrpData {
		if o, err := x.ring.Open(e.Payload); err == nil {
			p.data = o.Channel.Name
		}
	}
	x.place[e.Tx] = p
	x.count(p, 1, e.First)
}

// count counts a transmission without a text.
func (x *Channels) count(p place, n, at int64) {
	if p.data != "" {
		*x.channel(p.data).data.at(p.hour) += n
		return
	}
	if x.locked[p.hash] == nil {
		x.locked[p.hash] = &lockedChannel{}
	}
	c := x.locked[p.hash].hours.at(p.hour)
	c.transmissions += n
	c.last = max(c.last, at)
}

// copied takes a further copy of a transmission.
func (x *Channels) copied(e Event) {
	p, ok := x.place[e.Tx]
	switch {
	case !ok:
	case p.message != nil:
		p.message.Copies++
		if e.First != p.message.First {
			c := x.channel(p.message.Channel)
			c.remove(p.message)
			p.message.First = e.First
			c.insert(p.message)
		}
	case hourOf(e.First) != p.hour:
		x.count(p, -1, 0)
		p.hour = hourOf(e.First)
		x.place[e.Tx] = p
		x.count(p, 1, e.First)
	}
}

func (x *Channels) channel(name string) *channel {
	c := x.open[name]
	if c == nil {
		c = &channel{name: name}
		x.open[name] = c
	}
	return c
}

func byTime(m *mesh.Message, c mesh.Cursor) int {
	return cmp.Or(cmp.Compare(m.First, c.First), cmp.Compare(m.Tx, c.ID))
}

func (c *channel) find(at mesh.Cursor) (int, bool) {
	return slices.BinarySearchFunc(c.messages, at, byTime)
}

func (c *channel) insert(m *mesh.Message) {
	i, _ := c.find(mesh.Cursor{First: m.First, ID: m.Tx})
	c.messages = slices.Insert(c.messages, i, m)
}

func (c *channel) remove(m *mesh.Message) {
	if i, ok := c.find(mesh.Cursor{First: m.First, ID: m.Tx}); ok {
		c.messages = slices.Delete(c.messages, i, i+1)
	}
}

// List sums up every channel that has a key or had traffic: those that can be
// read by name, then the locked ones by hash byte.
func (x *Channels) List() []Channel {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var list []Channel
	seen := make(map[string]bool)
	for _, key := range x.ring.Channels() {
		if seen[key.Name] {
			continue
		}
		seen[key.Name] = true
		list = append(list, x.sum(key))
	}
	slices.SortStableFunc(list, func(a, b Channel) int { return cmp.Compare(a.Name, b.Name) })
	for hash, l := range x.locked {
		if l != nil && len(l.hours) > 0 {
			if c := x.sumLocked(byte(hash), l); c.Messages > 0 {
				list = append(list, c)
			}
		}
	}
	return list
}

func (x *Channels) sum(key meshcore.Channel) Channel {
	s := Channel{Ref: key.Name, Name: key.Name, HashByte: key.Key.HashByte()}
	c := x.open[key.Name]
	if c == nil {
		return s
	}
	s.Messages = int64(len(c.messages))
	for _, m := range c.messages {
		s.Copies += int64(m.Copies)
	}
	for _, b := range c.data {
		s.Data += b.v
	}
	if n := len(c.messages); n > 0 {
		s.LastText = *c.messages[n-1]
		s.Last = s.LastText.First
	}
	return s
}

func (x *Channels) sumLocked(hash byte, l *lockedChannel) Channel {
	s := Channel{Ref: fmt.Sprintf("%02X", hash), HashByte: hash, Locked: true, Why: WhyNoKey}
	if len(x.ring.Candidates(hash)) > 0 {
		s.Why = WhyWrong
	}
	for _, b := range l.hours {
		s.Messages += b.v.transmissions
		s.Last = max(s.Last, b.v.last)
	}
	return s
}

// Messages gives at most n texts of a channel, newest first, strictly before
// the cursor; the zero cursor begins with the newest.
func (x *Channels) Messages(name string, before mesh.Cursor, n int) []mesh.Message {
	x.mu.RLock()
	defer x.mu.RUnlock()
	c := x.open[name]
	if c == nil || n <= 0 {
		return nil
	}
	end := len(c.messages)
	if before != (mesh.Cursor{}) {
		end, _ = c.find(before)
	}
	list := make([]mesh.Message, 0, min(n, end))
	for i := end - 1; i >= 0 && len(list) < n; i-- {
		list = append(list, *c.messages[i])
	}
	return list
}

// Message gives the text of a transmission.
func (x *Channels) Message(tx uint64) (mesh.Message, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if p := x.place[tx]; p.message != nil {
		return *p.message, true
	}
	return mesh.Message{}, false
}

// Latest gives at most n texts of all channels, newest first.
func (x *Channels) Latest(n int) []mesh.Message {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var list []mesh.Message
	for _, c := range x.open {
		for _, m := range c.messages[max(0, len(c.messages)-n):] {
			list = append(list, *m)
		}
	}
	slices.SortFunc(list, func(a, b mesh.Message) int {
		return cmp.Or(cmp.Compare(b.First, a.First), cmp.Compare(b.Tx, a.Tx))
	})
	return list[:min(n, len(list))]
}

// DropBefore forgets what stands before a time, Unix ms: the start of an hour.
func (x *Channels) DropBefore(at int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for tx, p := range x.place {
		if p.message != nil && p.message.First < at || p.message == nil && p.hour < hourOf(at) {
			delete(x.place, tx)
		}
	}
	for _, c := range x.open {
		i, _ := c.find(mesh.Cursor{First: at})
		c.messages = slices.Delete(c.messages, 0, i)
		c.data.dropBefore(hourOf(at))
	}
	for _, l := range x.locked {
		if l != nil {
			l.hours.dropBefore(hourOf(at))
		}
	}
}
