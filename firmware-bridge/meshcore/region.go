package meshcore

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
)

// RegionKey is the key of a public region: the first 16 bytes of SHA-256 of
// its name. A '#' is put before a name that has none; case counts. Private
// regions, "$...", have no key: the firmware has none for them either.
func RegionKey(name string) (key [16]byte) {
	sum := sha256.Sum256([]byte(withHash(name)))
	copy(key[:], sum[:])
	return key
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
		if RegionCode(RegionKey(name), p.Type, p.Payload) == p.Transport[0] {
			return withHash(name), true
		}
	}
	return "", false
}
