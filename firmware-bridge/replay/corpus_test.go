package replay

import (
	"bytes"
	"io"
	"testing"

	"hilltop/firmware-bridge/simmesh"
)

// TestReplayGivesTheMessagesOfACorpus: what the simulator made is what the
// reader reads.
func TestReplayGivesTheMessagesOfACorpus(t *testing.T) {
	cfg := simmesh.DefaultConfig()
	cfg.Nodes, cfg.Observers, cfg.Hours, cfg.Observations, cfg.Malformed = 120, 10, 2, 2000, 0.1
	var file bytes.Buffer
	if err := simmesh.WriteCorpus(&file, cfg, nil, nil); err != nil {
		t.Fatal(err)
	}
	r := record(t, packed(t, file.String()))
	err := simmesh.Generate(cfg, func(m simmesh.Message) error {
		e, err := r.Next()
		if err != nil || e.Topic != m.Topic || !e.Arrived.Equal(m.At) || !bytes.Equal(e.Payload, m.Payload) {
			t.Fatalf("read %v %s %s (%v), want %v %s %s", e.Arrived, e.Topic, e.Payload, err, m.At, m.Topic, m.Payload)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); err != io.EOF || r.Stats().Bad != 0 {
		t.Errorf("at the end: %v, %+v", err, r.Stats())
	}
}

// FuzzRecording reads files of any content: it ends, and counts every line.
func FuzzRecording(f *testing.F) {
	text := plainLines(0, 3) + "bad\n"
	for _, b := range [][]byte{[]byte(text), packed(f, text), zstdPacked(f, text), {0x1F, 0x8B}, {0x28, 0xB5, 0x2F, 0xFD}, {0x50, 0x2A, 0x4D, 0x18}} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := NewRecording("s", "n", bytes.NewReader(b))
		if err != nil {
			return
		}
		defer r.Close()
		n := int64(0)
		for range 10_000 {
			_, err := r.Next()
			if err == io.EOF {
				break
			}
			if err == nil {
				n++
			}
		}
		if s := r.Stats(); s.Messages != n || s.Lines != s.Messages+s.Bad {
			t.Fatalf("%d messages, %+v", n, s)
		}
	})
}
