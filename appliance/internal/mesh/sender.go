package mesh

import "hilltop/firmware-bridge/meshcore"

// NamesSender tells whether payloads of a type say whose they are.
func NamesSender(t meshcore.Type) bool {
	return t == meshcore.TypeAdvert || t == meshcore.TypeAnonReq
}

// SenderOf is the key of the node that sent a packet, as far as its payload says
// so: an advert whose signature is the node's (verified), or an ANON_REQ, which
// carries the whole key of who asks. Who sent other packets is not known.
func SenderOf(t meshcore.Type, verified bool, payload []byte) (key meshcore.PublicKey, ok bool) {
	switch t {
	case meshcore.TypeAdvert:
		return key, verified && copy(key[:], payload) == len(key)
	case meshcore.TypeAnonReq:
		e, err := meshcore.ParseAnonEnvelope(payload)
		return e.Sender, err == nil
	}
	return key, false
}
