package report

import (
	"errors"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Lock tells whether a channel's packet could be read, and if not, why.
type Lock uint8

// The states of a channel's packet.
const (
	LockOpen      Lock = iota // a key fitted
	LockNoKey                 // no known key has the packet's hash byte
	LockWrongKey              // keys have the hash byte, but none fits the MAC
	LockUnaligned             // the ciphertext is not of whole blocks: no key can fit
	LockBroken                // a key fitted, but the plaintext is not what it should be
)

// Group is a packet of a channel: GRP_TXT or GRP_DATA.
type Group struct {
	HashByte byte
	Lock     Lock
	Channel  string              // name of the key that fitted, "" if none did
	Text     *meshcore.GroupText // of a GRP_TXT that was read
	Data     *meshcore.GroupData // of a GRP_DATA that was read
}

// Ends are the first bytes of the two keys of an encrypted exchange. Who has
// them is a guess, so they stay bytes.
type Ends struct {
	Dest   byte
	Src    byte                // valid unless Sender is set
	Sender *meshcore.PublicKey // of an ANON_REQ, which carries it whole
}

// Advert is a node's description of itself.
type Advert struct {
	meshcore.Advert
	Signed bool // the signature fits key and content
	Known  bool // the node is in the list of nodes
}

// Discover is what a CONTROL packet asks or answers; both nil when it is of
// another kind.
type Discover struct {
	Control  meshcore.Control
	Request  *meshcore.DiscoverRequest
	Response *meshcore.DiscoverResponse
}

// Content is what a payload says, as far as it can be read. At most one of the
// pointers is set, by the type.
type Content struct {
	Type      meshcore.Type
	Size      int // bytes of payload
	Err       error
	Group     *Group
	Ends      *Ends
	Advert    *Advert
	Trace     *meshcore.Trace
	Discover  *Discover
	Ack       *meshcore.Ack
	Multipart *meshcore.Multipart
	Raw       []byte // payload of all other types
}

// ContentOf reads a payload, that of a packet which need not be held. It does
// not look up nodes.
func ContentOf(t meshcore.Type, payload []byte, ring *meshcore.KeyRing) Content {
	return contentOf(t, payload, ring, false)
}

// contentOf is ContentOf of what may be an advert that is known to be signed.
func contentOf(t meshcore.Type, payload []byte, ring *meshcore.KeyRing, verified bool) Content {
	c := Content{Type: t, Size: len(payload)}
	switch t {
	case meshcore.TypeReq, meshcore.TypeResponse, meshcore.TypeTxtMsg, meshcore.TypePath:
		e, err := meshcore.ParseEnvelope(payload)
		c.Err, c.Ends = err, given(err, Ends{Dest: e.Dest, Src: e.Src})
	case meshcore.TypeAnonReq:
		e, err := meshcore.ParseAnonEnvelope(payload)
		c.Err, c.Ends = err, given(err, Ends{Dest: e.Dest, Sender: &e.Sender})
	case meshcore.TypeGrpTxt, meshcore.TypeGrpData:
		c.Group, c.Err = group(t, payload, ring)
	case meshcore.TypeAdvert:
		a, err := meshcore.ParseAdvert(payload)
		c.Err, c.Advert = err, given(err, Advert{Advert: a, Signed: err == nil && (verified || a.Verify())})
	case meshcore.TypeTrace:
		v, err := meshcore.ParseTrace(payload)
		c.Err, c.Trace = err, given(err, v)
	case meshcore.TypeAck:
		v, err := meshcore.ParseAck(payload)
		c.Err, c.Ack = err, given(err, v)
	case meshcore.TypeMultipart:
		v, err := meshcore.ParseMultipart(payload)
		c.Err, c.Multipart = err, given(err, v)
	case meshcore.TypeControl:
		c.Discover, c.Err = discover(payload)
	default:
		c.Raw = payload
	}
	return c
}

// given is a pointer to v, nil after an error.
func given[T any](err error, v T) *T {
	if err != nil {
		return nil
	}
	return &v
}

func group(t meshcore.Type, payload []byte, ring *meshcore.KeyRing) (*Group, error) {
	g, err := meshcore.ParseGroup(payload)
	if err != nil {
		return nil, err
	}
	out := &Group{HashByte: g.Channel}
	opened, err := ring.Open(payload)
	if out.Lock = lockOf(err); out.Lock != LockOpen {
		return out, nil
	}
	out.Channel = opened.Channel.Name
	if t == meshcore.TypeGrpTxt {
		text, err := meshcore.ParseGroupText(opened.Plain)
		out.Text, out.Lock = given(err, text), brokenIf(err)
		return out, nil
	}
	data, err := meshcore.ParseGroupData(opened.Plain)
	out.Data, out.Lock = given(err, data), brokenIf(err)
	return out, nil
}

func lockOf(err error) Lock {
	switch {
	case err == nil:
		return LockOpen
	case errors.Is(err, meshcore.ErrNoKey):
		return LockNoKey
	case errors.Is(err, meshcore.ErrUnaligned):
		return LockUnaligned
	default:
		return LockWrongKey
	}
}

func brokenIf(err error) Lock {
	if err != nil {
		return LockBroken
	}
	return LockOpen
}

func discover(payload []byte) (*Discover, error) {
	c, err := meshcore.ParseControl(payload)
	if err != nil {
		return nil, err
	}
	out := &Discover{Control: c}
	if q, ok, err := c.DiscoverRequest(); ok {
		out.Request = given(err, q)
		return out, err
	}
	if a, ok, err := c.DiscoverResponse(); ok {
		out.Response = given(err, a)
		return out, err
	}
	return out, nil
}

// PathKind tells what the path bytes of a copy mean.
type PathKind uint8

// The three meanings of path bytes.
const (
	PathHeard PathKind = iota // relays that the copy passed, in travel order
	PathAhead                 // relays still to go; none of them was heard
	PathTrace                 // SNRs that a TRACE has collected
)

// Hop is an entry of a path, with the node if one key alone fits.
type Hop struct {
	Hex  string // as sent, upper case
	Node *mesh.Node
	// Resolved says that the copies of the packet were resolved together: then
	// Node is the likeliest node if that is likely enough, and P how likely it is,
	// also where it is not. Else Node is the one that alone fits, and P is 0.
	Resolved    bool
	P           float64
	Provisional bool // nothing is decided about the hop yet
}

// Path is the path of one copy.
type Path struct {
	Kind  PathKind
	Width int    // bytes a hop; 0 for a TRACE and for a direct packet without hops
	Hops  []Hop  // of a flood or of what remains
	SNR4  []int8 // of a TRACE, quarter dB
}

// Len is the number of entries.
func (p Path) Len() int { return len(p.Hops) + len(p.SNR4) }

// pathOf reads the path of a copy and names what name names. A nil name names
// nothing.
func pathOf(p meshcore.Packet, name func(meshcore.Hop) (mesh.Node, bool)) Path {
	if snrs, ok := p.TraceSNR(); ok {
		out := Path{Kind: PathTrace}
		for _, q := range snrs.All() {
			out.SNR4 = append(out.SNR4, q)
		}
		return out
	}
	out := Path{Kind: PathHeard, Width: p.HopWidth()}
	var hops []meshcore.Hop
	if heard, ok := p.Heard(); ok {
		hops = heard.AppendHops(make([]meshcore.Hop, 0, heard.Len()))
	} else if ahead, ok := p.Ahead(); ok {
		out.Kind = PathAhead
		hops = ahead.AppendHops(make([]meshcore.Hop, 0, ahead.Len()))
		if len(hops) == 0 {
			out.Width = 0 // the firmware does not set the bits
		}
	}
	if len(hops) > 0 {
		out.Hops = make([]Hop, len(hops))
	}
	for i, h := range hops {
		out.Hops[i] = namedHop(h, name)
	}
	return out
}

func namedHop(h meshcore.Hop, name func(meshcore.Hop) (mesh.Node, bool)) Hop {
	out := Hop{Hex: h.String()}
	if name == nil {
		return out
	}
	if n, ok := name(h); ok {
		found := n // n itself stays off the heap: most hops have no name here
		out.Node = &found
	}
	return out
}
