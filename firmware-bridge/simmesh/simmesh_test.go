package simmesh

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hilltop/firmware-bridge/simmesh/internal/wire"
)

// heardMessage is a message with its truth.
type heardMessage struct {
	Message
	heard *Heard
}

func generate(t testing.TB, cfg Config) []heardMessage {
	t.Helper()
	var list []heardMessage
	err := GenerateHeard(cfg, func(m Message, h *Heard) error {
		list = append(list, heardMessage{m, h})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func truthOf(t testing.TB, cfg Config) Truth {
	t.Helper()
	truth, err := TruthOf(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return truth
}

// packetMessage is the payload of a packet message.
type packetMessage struct {
	Origin    string  `json:"origin"`
	OriginID  string  `json:"origin_id"`
	Direction string  `json:"direction"`
	Len       string  `json:"len"`
	Type      string  `json:"packet_type"`
	Route     string  `json:"route"`
	PayLen    string  `json:"payload_len"`
	Raw       *string `json:"raw"`
	SNR       string  `json:"SNR"`
	Hash      string  `json:"hash"`
}

func TestConfigIsChecked(t *testing.T) {
	for name, spoil := range map[string]func(*Config){
		"one node":        func(c *Config) { c.Nodes = 1 },
		"no observer":     func(c *Config) { c.Observers = 0 },
		"more observers":  func(c *Config) { c.Observers = c.Nodes + 1 },
		"no time":         func(c *Config) { c.Hours = 0 },
		"NaN":             func(c *Config) { c.Hours = math.NaN() },
		"endless":         func(c *Config) { c.Hours = math.Inf(1) },
		"no observations": func(c *Config) { c.Observations = 0 },
		"nobody hears":    func(c *Config) { c.PerTx = 0 },
	} {
		cfg := compact()
		spoil(&cfg)
		if err := Generate(cfg, func(Message) error { return nil }); err == nil {
			t.Errorf("%s: accepted", name)
		}
		if _, err := NewLive(cfg); err == nil {
			t.Errorf("%s: accepted, live", name)
		}
	}
}

func TestSameConfigSameMessages(t *testing.T) {
	a, b := generate(t, compact()), generate(t, compact())
	same := func(a, b heardMessage) bool {
		return a.At.Equal(b.At) && a.Topic == b.Topic && bytes.Equal(a.Payload, b.Payload)
	}
	if !slices.EqualFunc(a, b, same) {
		t.Error("two runs differ")
	}
	other := compact()
	other.TrafficSeed = 8
	if slices.EqualFunc(a, generate(t, other), same) {
		t.Error("another traffic seed gives the same corpus")
	}
	if x, y := truthOf(t, compact()), truthOf(t, other); !slices.EqualFunc(x.Nodes, y.Nodes, func(a, b Node) bool { return a.PubKey == b.PubKey }) {
		t.Error("another traffic seed gives another mesh")
	}
}

// TestCorpusIsMessages: a recording holds what Generate gives.
func TestCorpusIsMessages(t *testing.T) {
	var out bytes.Buffer
	if err := WriteCorpus(&out, compact(), nil, nil); err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n"))
	list := generate(t, compact())
	if len(lines) != len(list) {
		t.Fatalf("%d lines, %d messages", len(lines), len(list))
	}
	for i, b := range lines {
		var l struct {
			T       int64
			Topic   string
			Payload json.RawMessage
			Text    *string `json:"payload_text"`
		}
		if err := json.Unmarshal(b, &l); err != nil {
			t.Fatal(err)
		}
		payload := []byte(l.Payload)
		if l.Text != nil {
			payload = []byte(*l.Text)
		}
		if m := list[i]; l.T != m.At.UnixMilli() || l.Topic != m.Topic || !bytes.Equal(payload, m.Payload) {
			t.Fatalf("line %s, message %v %s %s", b, m.At, m.Topic, m.Payload)
		}
	}
}

func TestEmitEndsTheCorpus(t *testing.T) {
	full, n := errors.New("full"), 0
	err := Generate(compact(), func(Message) error {
		if n++; n == 5 {
			return full
		}
		return nil
	})
	if !errors.Is(err, full) || n != 5 {
		t.Errorf("%d messages, %v", n, err)
	}
}

func TestCorpusHasTheWantedShape(t *testing.T) {
	cfg := small()
	list := generate(t, cfg)
	packets, faulty, statuses := 0, 0, 0
	perHash := make(map[string]int)
	last := list[0].At
	for _, m := range list {
		if m.At.Before(last) {
			t.Fatal("messages are not in order of arrival")
		}
		last = m.At
		switch {
		case m.heard == nil:
			statuses++
			continue
		case m.heard.Fault != Sound:
			faulty++
		}
		packets++
		perHash[m.heard.Hash]++
	}
	if packets != cfg.Observations {
		t.Errorf("%d packet messages, want %d", packets, cfg.Observations)
	}
	if f := float64(faulty) / float64(packets); f < 0.003 || f > 0.008 {
		t.Errorf("%.4f malformed, want about %.4f", f, cfg.Malformed)
	}
	if mean := float64(packets) / float64(len(perHash)); mean < 6 || mean > 15 {
		t.Errorf("%.1f observations per transmission, want about %v", mean, cfg.PerTx)
	}
	if statuses < 25*70*8/10 {
		t.Errorf("%d statuses", statuses)
	}
	if d := math.Abs(last.Sub(cfg.Start).Hours() - cfg.Hours); d > 0.3 {
		t.Errorf("the corpus misses its end by %.2f h", d)
	}
}

// TestFaultsAreWhatTheyAreCalled looks for each fault in the message itself.
func TestFaultsAreWhatTheyAreCalled(t *testing.T) {
	cfg := compact()
	cfg.Malformed = 0.2
	seen := make(map[Fault]int)
	for _, m := range generate(t, cfg) {
		if m.heard == nil {
			continue
		}
		seen[m.heard.Fault]++
		if got := faultOf(m); got != m.heard.Fault && !(m.heard.Fault == SignalUnknown && m.heard.Kind == Sent) {
			t.Fatalf("%s message has %s: %s", m.heard.Fault, got, m.Payload)
		}
	}
	for _, f := range Faults() {
		if seen[f] < 20 {
			t.Errorf("%s: %d times", f, seen[f])
		}
	}
}

// faultOf finds what is wrong with a message by looking at it.
func faultOf(m heardMessage) Fault {
	var p packetMessage
	if json.Unmarshal(m.Payload, &p) != nil {
		return PayloadNotJSON
	}
	if p.Origin == "" {
		return PayloadEmpty
	}
	if p.Raw == nil {
		return RawMissing
	}
	frame, err := hex.DecodeString(*p.Raw)
	if errors.Is(err, hex.ErrLength) {
		return RawTruncated
	}
	if err != nil {
		return RawNotHex
	}
	pkt, err := wire.Parse(frame)
	if errors.Is(err, wire.ErrPathLen) {
		return RawPathLength
	}
	if h := pkt.Hash(); err != nil || !strings.EqualFold(hex.EncodeToString(h[:]), m.heard.Hash) {
		return RawBitFlipped
	}
	if p.SNR == "Unknown" {
		return SignalUnknown
	}
	return Sound
}

// TestFieldsAgreeWithFrames compares what a client says about a frame with
// the frame.
func TestFieldsAgreeWithFrames(t *testing.T) {
	truth := truthOf(t, small())
	for _, m := range generate(t, small()) {
		part := strings.Split(m.Topic, "/")
		if len(part) != 4 || part[0] != "meshcore" || len(part[1]) != 3 {
			t.Fatal("topic ", m.Topic)
		}
		if m.heard == nil || m.heard.Fault != Sound {
			continue
		}
		observer := truth.Nodes[m.heard.Observer]
		var p packetMessage
		if err := json.Unmarshal(m.Payload, &p); err != nil {
			t.Fatal(err)
		}
		frame, _ := hex.DecodeString(*p.Raw)
		pkt, err := wire.Parse(frame)
		if err != nil || part[1] != observer.Observer || part[2] != observer.PubKey || p.OriginID != observer.PubKey ||
			p.Origin != observer.Name || p.Len != strconv.Itoa(len(frame)) || p.Type != strconv.Itoa(int(pkt.Type)) ||
			p.PayLen != strconv.Itoa(len(pkt.Payload)) || (p.Route == "F") != pkt.Route.IsFlood() || (p.Direction == "tx") != (m.heard.Kind == Sent) {
			t.Fatalf("%v: fields disagree with the frame: %s", err, m.Payload)
		}
	}
}

func TestSmallMeshes(t *testing.T) {
	for _, n := range []int{2, 3, 10, 40} {
		cfg := small()
		cfg.Nodes, cfg.Observers, cfg.Observations = n, (n+1)/2, 200
		packets := 0
		err := GenerateHeard(cfg, func(_ Message, h *Heard) error {
			if h != nil {
				packets++
			}
			return nil
		})
		if err != nil && !errors.Is(err, ErrDeaf) || err == nil && packets != 200 {
			t.Errorf("%d nodes: %v, %d packets", n, err, packets)
		}
	}
}

func TestAppendStringIsJSON(t *testing.T) {
	for _, want := range []string{"plain", `q"u\o`, "Hill 🏔️ Röpeater", "tab\tnul\x00", "bad \xff byte"} {
		var got string
		b := appendString(nil, want)
		if err := json.Unmarshal(b, &got); err != nil || got != strings.ToValidUTF8(want, "\uFFFD") {
			t.Errorf("%q became %q (%s): %v", want, got, b, err)
		}
	}
}

func TestAirtime(t *testing.T) {
	if airtime[100] < 330 || airtime[100] > 410 || airtime[20] >= airtime[200] {
		t.Errorf("airtime of 100 bytes: %d ms", airtime[100])
	}
}
