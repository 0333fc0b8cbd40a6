package meshcore

// Envelope is what anyone can read of a REQ, RESPONSE, TXT_MSG or PATH
// payload: the first bytes of two keys, and a ciphertext between them.
type Envelope struct {
	Dest, Src  byte // first byte of recipient's and sender's public key
	MAC        [2]byte
	Ciphertext []byte
}

// ParseEnvelope reads the payload of a REQ, RESPONSE, TXT_MSG or PATH packet,
// of at least 5 bytes.
func ParseEnvelope(payload []byte) (Envelope, error) {
	return parseEnvelope(&reader{b: payload})
}

func parseEnvelope(r *reader) (e Envelope, err error) {
	if err := r.need(5); err != nil {
		return e, err
	}
	e.Dest = r.u8("destination hash", SectionHash)
	e.Src = r.u8("source hash", SectionHash)
	copy(e.MAC[:], r.take(2, "MAC", SectionMAC))
	e.Ciphertext = r.rest("ciphertext", SectionCiphertext)
	return e, nil
}

// AppendTo appends the payload to dst.
func (e Envelope) AppendTo(dst []byte) []byte {
	dst = append(dst, e.Dest, e.Src, e.MAC[0], e.MAC[1])
	return append(dst, e.Ciphertext...)
}

// SealEnvelope encrypts a plaintext between two nodes. The error is
// [ErrPlainTooLong] beyond [MaxDatagramPlain].
func SealEnvelope(k Secret, dest, src PublicKey, plain []byte) (Envelope, error) {
	if err := checkPlain(plain, MaxDatagramPlain); err != nil {
		return Envelope{}, err
	}
	e := Envelope{Dest: dest.HashByte(), Src: src.HashByte()}
	e.MAC, e.Ciphertext = k.Seal(plain)
	return e, nil
}

// Open decrypts; the padding stays. See [Secret.Open].
func (e Envelope) Open(k Secret) ([]byte, error) { return k.Open(e.MAC, e.Ciphertext) }

// AnonEnvelope is what anyone can read of an ANON_REQ payload: it carries the
// sender's whole key, so that the recipient needs no contact.
type AnonEnvelope struct {
	Dest       byte
	Sender     PublicKey
	MAC        [2]byte
	Ciphertext []byte
}

// ParseAnonEnvelope reads the payload of an ANON_REQ packet, of at least 36
// bytes.
func ParseAnonEnvelope(payload []byte) (AnonEnvelope, error) {
	return parseAnonEnvelope(&reader{b: payload})
}

func parseAnonEnvelope(r *reader) (e AnonEnvelope, err error) {
	if err := r.need(36); err != nil {
		return e, err
	}
	e.Dest = r.u8("destination hash", SectionHash)
	copy(e.Sender[:], r.take(len(e.Sender), "sender public key", SectionKey))
	copy(e.MAC[:], r.take(2, "MAC", SectionMAC))
	e.Ciphertext = r.rest("ciphertext", SectionCiphertext)
	return e, nil
}

// AppendTo appends the payload to dst.
func (e AnonEnvelope) AppendTo(dst []byte) []byte {
	dst = append(dst, e.Dest)
	dst = append(dst, e.Sender[:]...)
	dst = append(dst, e.MAC[:]...)
	return append(dst, e.Ciphertext...)
}

// SealAnonEnvelope encrypts a plaintext for a server. The error is
// [ErrPlainTooLong] beyond [MaxAnonPlain].
func SealAnonEnvelope(k Secret, dest, sender PublicKey, plain []byte) (AnonEnvelope, error) {
	if err := checkPlain(plain, MaxAnonPlain); err != nil {
		return AnonEnvelope{}, err
	}
	e := AnonEnvelope{Dest: dest.HashByte(), Sender: sender}
	e.MAC, e.Ciphertext = k.Seal(plain)
	return e, nil
}

// Open decrypts; the padding stays. See [Secret.Open].
func (e AnonEnvelope) Open(k Secret) ([]byte, error) { return k.Open(e.MAC, e.Ciphertext) }
