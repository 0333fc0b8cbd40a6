package meshcore

import (
	"errors"
	"testing"
)

func TestSendersRefuseWhatDoesNotFit(t *testing.T) {
	k, a, b := Secret{1}, FromSeed([32]byte{1}).Public(), FromSeed([32]byte{2}).Public()
	seals := map[int]func([]byte) ([]byte, error){
		MaxDatagramPlain: func(p []byte) ([]byte, error) { e, err := SealEnvelope(k, a, b, p); return e.AppendTo(nil), err },
		MaxAnonPlain:     func(p []byte) ([]byte, error) { e, err := SealAnonEnvelope(k, a, b, p); return e.AppendTo(nil), err },
		MaxGroupPlain:    HashtagKey("#test").Seal,
	}
	for most, seal := range seals {
		payload, err := seal(make([]byte, most))
		if err != nil || len(payload) > MaxPayload {
			t.Errorf("%d bytes: payload of %d, %v", most, len(payload), err)
		}
		if _, err := seal(make([]byte, most+1)); !errors.Is(err, ErrPlainTooLong) {
			t.Errorf("%d bytes: %v", most+1, err)
		}
	}
	if _, err := (GroupData{Data: make([]byte, 300)}).Seal(HashtagKey("#test")); !errors.Is(err, ErrPlainTooLong) {
		t.Errorf("a datagram of 300 bytes: %v", err)
	}
}
