package replay

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"hilltop/firmware-bridge/observer"
)

func packed(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstdPacked(t testing.TB, text string) []byte {
	t.Helper()
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	return z.EncodeAll([]byte(text), nil)
}

// plainLines is n lines of a recording, from number from.
func plainLines(from, n int) string {
	var b strings.Builder
	for i := from; i < from+n; i++ {
		fmt.Fprintf(&b, "{\"t\": %d, \"topic\": \"meshcore/SEA/K/packets\", \"payload\": {\"n\": %d}}\n", int64(1767245318000)+int64(i), i)
	}
	return b.String()
}

func record(t testing.TB, b []byte) *Recording {
	t.Helper()
	r, err := NewRecording("test", "a.jsonl", bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// all reads a recording to its end, or to its first error.
func all(r *Recording) (list []observer.Envelope, err error) {
	for {
		e, err := r.Next()
		if err == io.EOF {
			return list, nil
		}
		if err != nil {
			return list, err
		}
		list = append(list, e)
	}
}

func TestCompressionShowsInContent(t *testing.T) {
	text := plainLines(0, 3000)
	skippable := append([]byte{0x50, 0x2A, 0x4D, 0x18, 2, 0, 0, 0, 'h', 'i'}, zstdPacked(t, text)...)
	for name, b := range map[string][]byte{
		"plain": []byte(text), "gzip": packed(t, text), "zstd": zstdPacked(t, text), "zstd after a skippable frame": skippable,
		"gzip members": append(packed(t, plainLines(0, 1000)), packed(t, plainLines(1000, 2000))...),
		"zstd frames":  append(zstdPacked(t, plainLines(0, 1000)), zstdPacked(t, plainLines(1000, 2000))...),
		"no last end":  []byte(strings.TrimSuffix(text, "\n")),
		"CRLF":         []byte(strings.ReplaceAll(text, "\n", "\r\n")),
	} {
		list, err := all(record(t, b))
		if err != nil || len(list) != 3000 {
			t.Errorf("%s: %d messages, %v", name, len(list), err)
			continue
		}
		for i, e := range list {
			if e.Source != "test" || e.Topic != "meshcore/SEA/K/packets" || string(e.Payload) != fmt.Sprintf(`{"n": %d}`, i) ||
				e.Arrived.UnixMilli() != 1767245318000+int64(i) || e.Retained {
				t.Fatalf("%s: message %d is %+v", name, i, e)
			}
		}
	}
}

func TestEmptyRecordingEnds(t *testing.T) {
	for _, b := range [][]byte{nil, []byte("\n\n"), packed(t, "")} {
		if list, err := all(record(t, b)); err != nil || len(list) != 0 {
			t.Errorf("%q: %d messages, %v", b, len(list), err)
		}
	}
}

func TestBadLinesAreCountedAndSkipped(t *testing.T) {
	long := `{"t": 1, "topic": "x", "payload": "` + strings.Repeat("a", 3*maxLine) + `"}`
	text := plainLines(0, 1) + "oops\n\n" + plainLines(1, 1) + long + "\n" + `{"t": 1, "topic": "x"}` + "\n" + plainLines(2, 1) + long
	r := record(t, []byte(text))
	list, err := all(r)
	if err != nil || len(list) != 3 {
		t.Fatalf("%d messages, %v; want 3", len(list), err)
	}
	s := r.Stats()
	if s.Lines != 7 || s.Messages != 3 || s.Bad != 4 {
		t.Errorf("got %+v", s)
	}
	want := []string{
		"a.jsonl:2: not a JSON object", "a.jsonl:5: line longer than 1 MiB", "a.jsonl:6: no payload", "a.jsonl:8: line longer than 1 MiB",
	}
	for i, b := range s.Samples {
		if b.String() != want[i] {
			t.Errorf("got %q, want %q", b, want[i])
		}
	}
}

func TestSamplesOfBadLinesAreBounded(t *testing.T) {
	r := record(t, []byte(strings.Repeat("bad\n", 10*maxSamples)))
	all(r)
	if s := r.Stats(); s.Bad != 10*maxSamples || len(s.Samples) != maxSamples {
		t.Errorf("%d bad, %d samples", s.Bad, len(s.Samples))
	}
}

func TestBrokenTailYieldsWhatPrecedesIt(t *testing.T) {
	whole := plainLines(0, 5000)
	for name, b := range map[string][]byte{"gzip": packed(t, whole), "zstd": zstdPacked(t, whole)} {
		r := record(t, b[:len(b)*9/10])
		list, err := all(r)
		if err == nil || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: error %v", name, err)
			continue
		}
		if name == "gzip" && (len(list) < 4000 || len(list) >= 5000) {
			t.Errorf("%s: %d messages", name, len(list))
		}
		where := fmt.Sprintf("a.jsonl: breaks off in line %d, at or before byte %d", len(list)+1, len(b)*9/10)
		if !strings.Contains(err.Error(), where) {
			t.Errorf("%s: error %q does not say %q", name, err, where)
		}
		if s := r.Stats(); s.Bad != 0 {
			t.Errorf("%s: the broken line counts as bad: %+v", name, s)
		}
	}
}

func TestDamageInTheMiddleIsReported(t *testing.T) {
	b := packed(t, plainLines(0, 5000))
	b[len(b)/2] ^= 0xFF
	if _, err := all(record(t, b)); err == nil {
		t.Error("no error")
	}
}

func TestFilesFollowOneAnother(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, b, 0o644); err != nil {
			t.Fatal(err)
		}
		return p
	}
	gz := packed(t, plainLines(2, 500))
	a := write("a", []byte(plainLines(0, 2)))
	b := write("b", gz[:len(gz)-20])
	c := write("c", []byte(plainLines(9, 1)))
	r := Open("s", a, filepath.Join(dir, "none"), b, c)
	var n, errs int
	for {
		e, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			errs++
			continue
		}
		n++
		if string(e.Payload) == `{"n": 9}` && r.Stats().Messages == int64(n) && len(r.files) == 0 && errs == 2 {
			n += 10_000 // the last file was reached, after both errors
		}
	}
	if errs != 2 || n < 10_003 {
		t.Errorf("%d errors, %d messages", errs, n)
	}
}

func TestSpan(t *testing.T) {
	p := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(p, []byte(plainLines(5, 3)+plainLines(1, 2)), 0o644); err != nil {
		t.Fatal(err)
	}
	first, last, err := Span(p)
	if err != nil || first.UnixMilli() != 1767245318001 || last.UnixMilli() != 1767245318007 {
		t.Error(first, last, err)
	}
	if _, _, err := Span("-"); err == nil {
		t.Error("standard input has no span")
	}
}

// TestPayloadsKeepTheirBytes reads byte by byte and checks the envelopes only
// at the end: no payload may be overwritten by what is read later.
func TestPayloadsKeepTheirBytes(t *testing.T) {
	text := plainLines(0, 2000)
	r, err := NewRecording("s", "n", &trickle{b: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	list, err := all(r)
	if err != nil || len(list) != 2000 {
		t.Fatal(len(list), err)
	}
	for i, e := range list {
		if string(e.Payload) != fmt.Sprintf(`{"n": %d}`, i) {
			t.Fatalf("message %d is %s", i, e.Payload)
		}
	}
}

// trickle gives 1 to 97 bytes at a time.
type trickle struct {
	b []byte
	n int
}

func (r *trickle) Read(p []byte) (int, error) {
	if len(r.b) == 0 {
		return 0, io.EOF
	}
	r.n = r.n%97 + 1
	n := copy(p[:min(r.n, len(p))], r.b)
	r.b = r.b[n:]
	return n, nil
}
