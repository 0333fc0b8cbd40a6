package meshcore

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// Flags of an advert's app data, above the role.
const (
	advertHasPosition = 0x10
	advertHasFeat1    = 0x20
	advertHasFeat2    = 0x40
	advertHasName     = 0x80

	advertFixed = 100 // bytes before the app data
)

// Advert is a node's signed description of itself. What it says is only as
// good as the signature: see [Advert.Verify].
type Advert struct {
	Key       PublicKey
	Timestamp uint32 // unix seconds by the node's clock, which may be years off
	Signature [64]byte
	AppData   []byte // as sent; beyond 32 bytes it is neither signed nor read

	AppDataValid bool // false: empty, or shorter than its flags require. Then nothing below is known but Flags and Role.
	Flags        byte
	Role         Role
	HasPosition  bool
	LatE6, LonE6 int32 // degrees times 1,000,000, not checked for range
	HasFeat1     bool
	HasFeat2     bool
	Feat1, Feat2 uint16 // reserved
	HasName      bool
	Name         string // bytes up to the first NUL, as sent; need not be UTF-8
}

// ParseAdvert reads the payload of an ADVERT packet, of at least 100 bytes.
// Like the firmware it takes an advert whose app data is broken for an advert.
// It does not check the signature. The error is a [*PayloadError].
func ParseAdvert(payload []byte) (Advert, error) {
	r := reader{b: payload}
	return parseAdvert(&r)
}

func parseAdvert(r *reader) (a Advert, err error) {
	if err := r.need(advertFixed); err != nil {
		return a, err
	}
	copy(a.Key[:], r.take(len(a.Key), "public key", SectionKey))
	a.Timestamp = r.u32("timestamp", SectionTimestamp)
	copy(a.Signature[:], r.take(len(a.Signature), "signature", SectionSignature))
	a.AppData = r.b[r.off:len(r.b):len(r.b)]
	app := reader{b: r.b[:min(len(r.b), r.off+MaxAppData)], off: r.off, rec: r.rec}
	parseAppData(&app, &a)
	r.off = app.off
	r.rest("not read", SectionUnread)
	return a, nil
}

// parseAppData reads what the flags announce, or marks all of it invalid.
func parseAppData(r *reader, a *Advert) {
	if r.left() == 0 {
		return
	}
	a.Flags = r.u8("flags", SectionFlags)
	a.Role = Role(a.Flags & 15)
	a.HasPosition = a.Flags&advertHasPosition != 0
	a.HasFeat1 = a.Flags&advertHasFeat1 != 0
	a.HasFeat2 = a.Flags&advertHasFeat2 != 0
	a.HasName = a.Flags&advertHasName != 0
	if r.left() < appDataLen(a.Flags)-1 {
		return
	}
	a.AppDataValid = true
	if a.HasPosition {
		a.LatE6 = r.i32("latitude", SectionPosition)
		a.LonE6 = r.i32("longitude", SectionPosition)
	}
	if a.HasFeat1 {
		a.Feat1 = r.u16("feature 1", SectionFeature)
	}
	if a.HasFeat2 {
		a.Feat2 = r.u16("feature 2", SectionFeature)
	}
	if a.HasName {
		a.Name = r.text("name", SectionName)
	}
}

// appDataLen is the least length of app data with these flags.
func appDataLen(flags byte) int {
	n := 1
	if flags&advertHasPosition != 0 {
		n += 8
	}
	if flags&advertHasFeat1 != 0 {
		n += 2
	}
	if flags&advertHasFeat2 != 0 {
		n += 2
	}
	return n
}

// Lat is the latitude in degrees.
func (a Advert) Lat() float64 { return float64(a.LatE6) / 1e6 }

// Lon is the longitude in degrees.
func (a Advert) Lon() float64 { return float64(a.LonE6) / 1e6 }

// Verify reports whether the node has signed what the advert says: key,
// timestamp and the first 32 bytes of app data. It needs no state and may run
// for many adverts at once.
func (a Advert) Verify() bool {
	var buf [32 + 4 + MaxAppData]byte
	return a.Key.Verify(a.signed(buf[:0]), a.Signature)
}

// signed appends the message that the signature covers.
func (a Advert) signed(dst []byte) []byte {
	dst = append(dst, a.Key[:]...)
	dst = binary.LittleEndian.AppendUint32(dst, a.Timestamp)
	return append(dst, a.AppData[:min(len(a.AppData), MaxAppData)]...)
}

// AppendTo appends the payload to dst, with AppData as it is.
func (a Advert) AppendTo(dst []byte) []byte {
	dst = append(dst, a.Key[:]...)
	dst = binary.LittleEndian.AppendUint32(dst, a.Timestamp)
	dst = append(dst, a.Signature[:]...)
	return append(dst, a.AppData...)
}

// ErrAppData says that an advert's fields do not fit 32 bytes of app data.
var ErrAppData = errors.New("advert: app data exceeds 32 bytes")

// SignAdvert makes a signed advert of the role, position, features, name and
// timestamp of a; key, signature, flags and app data are computed. A name with
// a NUL is cut there.
func SignAdvert(k PrivateKey, a Advert) (Advert, error) {
	a.Key, a.AppData = k.Public(), nil
	a.Name = string(bytes.SplitN([]byte(a.Name), []byte{0}, 2)[0])
	a.Flags = byte(a.Role & 15)
	for flag, has := range map[byte]bool{
		advertHasPosition: a.HasPosition, advertHasFeat1: a.HasFeat1, advertHasFeat2: a.HasFeat2, advertHasName: a.HasName,
	} {
		if has {
			a.Flags |= flag
		}
	}
	if a.AppData = a.appData(); len(a.AppData) > MaxAppData {
		return a, ErrAppData
	}
	a.AppDataValid = true
	a.Signature = k.Sign(a.signed(nil))
	return a, nil
}

func (a Advert) appData() []byte {
	b := []byte{a.Flags}
	if a.HasPosition {
		b = binary.LittleEndian.AppendUint32(b, uint32(a.LatE6))
		b = binary.LittleEndian.AppendUint32(b, uint32(a.LonE6))
	}
	if a.HasFeat1 {
		b = binary.LittleEndian.AppendUint16(b, a.Feat1)
	}
	if a.HasFeat2 {
		b = binary.LittleEndian.AppendUint16(b, a.Feat2)
	}
	if a.HasName {
		b = append(b, a.Name...)
	}
	return b
}
