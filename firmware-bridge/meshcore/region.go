package meshcore

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"strings"
)

// RegionKey is the key of a public region: the first 16 bytes of SHA-256 of
// its name. A '#' is put before a name that has none; case counts. Private
// regions, "$...", have no key, all zeroes: the firmware has none for them
// either. Nor has "*", which stands for packets without a scope.
func RegionKey(name string) (key [16]byte) {
	if name == "*" || strings.HasPrefix(name, "$") {
		return key
	}
	sum := sha256.Sum256([]byte(withHash(name)))
	copy(key[:], sum[:])
	return key
}

// MaxRegionName is the most bytes that the firmware keeps of a region's name.
const MaxRegionName = 30

// ValidRegionName reports whether the firmware takes this name for a region: 1
// to 30 bytes, each a digit, one of "-", "$" and "#", or not below "A" in ASCII,
// which includes UTF-8 (RegionMap.cpp).
func ValidRegionName(name string) bool {
	for i := range len(name) {
		if c := name[i]; c < 'A' && !strings.ContainsRune("-$#0123456789", rune(c)) {
			return false
		}
	}
	return name != "" && len(name) <= MaxRegionName
}

// ScopeName writes the name of a public region with its '#', as all that have
// its key spell it. It is false for what is none: a name that the firmware does
// not take, a private region, or "*".
func ScopeName(name string) (full string, ok bool) {
	if !ValidRegionName(name) || name == "*" || name == "#" || strings.HasPrefix(name, "$") {
		return "", false
	}
	return withHash(name), true
}

// RegionCode is the first transport code of a packet scoped to a region: the
// first two bytes of HMAC-SHA256 over type and payload, kept away from the
// reserved 0x0000 and 0xFFFF (TransportKeyStore.cpp). A packet of another
// region has the same code once in 65,536.
func RegionCode(key [16]byte, t Type, payload []byte) uint16 {
	h := hmac.New(sha256.New, key[:])
	h.Write([]byte{byte(t & 15)})
	h.Write(payload)
	switch code := binary.LittleEndian.Uint16(h.Sum(nil)); code {
	case 0x0000:
		return 0x0001
	case 0xFFFF:
		return 0xFFFE
	default:
		return code
	}
}

// MatchRegion is the first of the names whose code the packet carries, as the
// firmware looks for it. It is false for packets without transport codes.
func (p Packet) MatchRegion(names []string) (string, bool) {
	if !p.Route.HasTransport() {
		return "", false
	}
	for _, name := range names {
		key := RegionKey(name)
		if key != [16]byte{} && RegionCode(key, p.Type, p.Payload) == p.Transport[0] {
			return withHash(name), true
		}
	}
	return "", false
}
