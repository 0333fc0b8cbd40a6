package meshcore

import (
	"errors"
	"slices"
	"sync/atomic"
	"unicode/utf8"
)

// Channel is a key and the name under which people know it.
type Channel struct {
	Name string
	Key  ChannelKey
}

// KeyRing holds channel keys by their hash byte. It may be shared:
// [KeyRing.Replace] changes what it holds as a whole, and each other method
// sees what it held at one moment. A nil ring is empty.
type KeyRing struct {
	held atomic.Pointer[ringKeys] // nil: none
}

// ringKeys never change.
type ringKeys struct {
	generation uint64
	channels   []Channel
	byHash     [256][]int32
}

// NewKeyRing makes a ring of the channels in this order. A key that occurs
// twice counts once, under its first name; zero keys are left out.
func NewKeyRing(channels []Channel) *KeyRing {
	r := &KeyRing{}
	r.Replace(channels)
	return r
}

// Replace has the ring hold these channels, as NewKeyRing takes them, and none
// of those before.
func (r *KeyRing) Replace(channels []Channel) {
	k := &ringKeys{generation: r.Generation() + 1}
	for _, c := range channels {
		same := func(o Channel) bool { return o.Key == c.Key }
		if c.Key.IsZero() || slices.ContainsFunc(k.channels, same) {
			continue
		}
		h := c.Key.HashByte()
		k.byHash[h] = append(k.byHash[h], int32(len(k.channels)))
		k.channels = append(k.channels, c)
	}
	r.held.Store(k)
}

// Generation rises with every Replace: what was opened with the keys of an
// earlier one may not be what opens now. It is 0 of a nil ring.
func (r *KeyRing) Generation() uint64 {
	if k := r.keys(); k != nil {
		return k.generation
	}
	return 0
}

// keys is what the ring holds now; nil if nothing.
func (r *KeyRing) keys() *ringKeys {
	if r == nil {
		return nil
	}
	return r.held.Load()
}

// With is a ring that holds the channels too, after those of r.
func (r *KeyRing) With(channels ...Channel) *KeyRing {
	return NewKeyRing(append(r.Channels(), channels...))
}

// Channels is a copy of what the ring holds, in order.
func (r *KeyRing) Channels() []Channel {
	k := r.keys()
	if k == nil {
		return nil
	}
	return slices.Clone(k.channels)
}

// Candidates gives the channels that have this hash byte, in order.
func (r *KeyRing) Candidates(hashByte byte) []Channel {
	k := r.keys()
	if k == nil {
		return nil
	}
	out := make([]Channel, 0, len(k.byHash[hashByte]))
	for _, i := range k.byHash[hashByte] {
		out = append(out, k.channels[i])
	}
	return out
}

// Opened is a decrypted group payload.
type Opened struct {
	Channel Channel
	Plain   []byte // with padding; whole blocks of 16 bytes; not shared
}

// Open decrypts the payload of a GRP_TXT or GRP_DATA packet. Where several keys
// fit the two bytes of the MAC, it takes the first that makes a readable text,
// else the first. The error is [ErrNoKey] when no key has the hash byte,
// [ErrWrongKey] when such keys do not fit, [ErrUnaligned] when no key can, or a
// [*PayloadError].
func (r *KeyRing) Open(payload []byte) (Opened, error) {
	g, err := ParseGroup(payload)
	if err != nil {
		return Opened{}, err
	}
	return r.open(g)
}

func (r *KeyRing) open(g Group) (Opened, error) {
	if len(g.Ciphertext)%16 != 0 {
		return Opened{}, ErrUnaligned
	}
	k := r.keys()
	if k == nil || len(k.byHash[g.Channel]) == 0 {
		return Opened{}, ErrNoKey
	}
	var first Opened
	for _, i := range k.byHash[g.Channel] {
		c := k.channels[i]
		plain, err := c.Key.Secret().Open(g.MAC, g.Ciphertext)
		switch {
		case errors.Is(err, ErrWrongKey):
			continue
		case err != nil:
			return Opened{}, err
		case readable(plain):
			return Opened{c, plain}, nil
		case first.Plain == nil:
			first = Opened{c, plain}
		}
	}
	if first.Plain == nil {
		return Opened{}, ErrWrongKey
	}
	return first, nil
}

// readable reports whether a plaintext looks like a text of a channel: type 0,
// UTF-8.
func readable(plain []byte) bool {
	t := parseGroupText(&reader{b: plain})
	return t.TxtType == 0 && t.Text != "" && utf8.ValidString(t.Text)
}

// OpenText is [KeyRing.Open] and [ParseGroupText].
func (r *KeyRing) OpenText(payload []byte) (GroupText, error) {
	o, err := r.Open(payload)
	if err != nil {
		return GroupText{}, err
	}
	t, err := ParseGroupText(o.Plain)
	t.Channel = o.Channel.Name
	return t, err
}

// OpenData is [KeyRing.Open] and [ParseGroupData].
func (r *KeyRing) OpenData(payload []byte) (GroupData, error) {
	o, err := r.Open(payload)
	if err != nil {
		return GroupData{}, err
	}
	d, err := ParseGroupData(o.Plain)
	d.Channel = o.Channel.Name
	return d, err
}
