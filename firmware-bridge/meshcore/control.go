package meshcore

import "encoding/binary"

// Sub-types of a CONTROL packet in use.
const (
	ControlDiscoverRequest  = 8
	ControlDiscoverResponse = 9
)

// Control is the payload of a CONTROL packet.
type Control struct {
	Flags byte   // high nibble: sub-type
	Data  []byte // behind the flags
}

// ParseControl reads the payload of a CONTROL packet, of at least 1 byte. The
// sub-types are read by [Control.DiscoverRequest] and
// [Control.DiscoverResponse].
func ParseControl(payload []byte) (Control, error) {
	return parseControl(&reader{b: payload})
}

func parseControl(r *reader) (c Control, err error) {
	if err := r.need(1); err != nil {
		return c, err
	}
	c.Flags = r.u8("control", SectionFlags)
	c.Data = r.b[r.off:len(r.b):len(r.b)]
	return c, nil
}

// SubType is 0 to 15.
func (c Control) SubType() byte { return c.Flags >> 4 }

// ZeroHopOnly reports whether the packet is never forwarded: sub-types 8 to 15.
func (c Control) ZeroHopOnly() bool { return c.Flags&0x80 != 0 }

// AppendTo appends the payload to dst.
func (c Control) AppendTo(dst []byte) []byte { return append(append(dst, c.Flags), c.Data...) }

// DiscoverRequest asks the nodes in reach to name themselves.
type DiscoverRequest struct {
	PrefixOnly bool // answers shall carry 8 bytes of key
	TypeFilter byte // bit n: nodes of role n
	Tag        uint32
	HasSince   bool
	Since      uint32 // unix seconds; answer if changed since
}

// DiscoverRequest reads a request. It is false for other sub-types; the error
// says that it is shorter than 6 bytes.
func (c Control) DiscoverRequest() (DiscoverRequest, bool, error) {
	if c.SubType() != ControlDiscoverRequest {
		return DiscoverRequest{}, false, nil
	}
	d, err := parseDiscoverRequest(&reader{b: c.Data}, c.Flags)
	return d, true, err
}

func parseDiscoverRequest(r *reader, flags byte) (d DiscoverRequest, err error) {
	if r.left() < 5 {
		return d, tooShort(len(r.b), r.left()+1, 6)
	}
	d.PrefixOnly = flags&1 != 0
	d.TypeFilter = r.u8("type filter", SectionFlags)
	d.Tag = r.u32("tag", SectionTag)
	if d.HasSince = r.left() >= 4; d.HasSince {
		d.Since = r.u32("since", SectionTimestamp)
	}
	r.rest("not read", SectionUnread)
	return d, nil
}

// Roles lists the roles that the filter names, in order.
func (d DiscoverRequest) Roles() []Role {
	var out []Role
	for i := range Role(8) {
		if d.TypeFilter&(1<<i) != 0 {
			out = append(out, i)
		}
	}
	return out
}

// Control is the request as a payload.
func (d DiscoverRequest) Control() Control {
	b := binary.LittleEndian.AppendUint32([]byte{d.TypeFilter}, d.Tag)
	if d.HasSince {
		b = binary.LittleEndian.AppendUint32(b, d.Since)
	}
	c := Control{Flags: ControlDiscoverRequest << 4, Data: b}
	if d.PrefixOnly {
		c.Flags |= 1
	}
	return c
}

// DiscoverResponse answers a [DiscoverRequest]. Together they give both
// directions of a link.
type DiscoverResponse struct {
	Role Role
	SNR  int8 // quarter dB with which the request was heard
	Tag  uint32
	Key  []byte // 32 bytes, or the first 8
}

// DiscoverResponse reads an answer. It is false for other sub-types; the error
// says that it is shorter than 6 bytes.
func (c Control) DiscoverResponse() (DiscoverResponse, bool, error) {
	if c.SubType() != ControlDiscoverResponse {
		return DiscoverResponse{}, false, nil
	}
	d, err := parseDiscoverResponse(&reader{b: c.Data}, c.Flags)
	return d, true, err
}

func parseDiscoverResponse(r *reader, flags byte) (d DiscoverResponse, err error) {
	if r.left() < 5 {
		return d, tooShort(len(r.b), r.left()+1, 6)
	}
	d.Role = Role(flags & 15)
	d.SNR = int8(r.u8("SNR", SectionSNR))
	d.Tag = r.u32("tag", SectionTag)
	d.Key = r.rest("public key", SectionKey)
	return d, nil
}

// Control is the answer as a payload.
func (d DiscoverResponse) Control() Control {
	b := binary.LittleEndian.AppendUint32([]byte{byte(d.SNR)}, d.Tag)
	return Control{Flags: ControlDiscoverResponse<<4 | byte(d.Role&15), Data: append(b, d.Key...)}
}
