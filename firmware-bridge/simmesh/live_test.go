package simmesh

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hilltop/firmware-bridge/simmesh/internal/wire"
)

func newLive(t *testing.T, cfg Config) *Live {
	t.Helper()
	l, err := NewLive(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLiveGoesOnFromItsPast(t *testing.T) {
	cfg := compact()
	want := generate(t, cfg)
	l := newLive(t, cfg)
	var last time.Time
	n := 0
	err := l.Past(func(m Message) error {
		if w := want[n]; m.Topic != w.Topic || !bytes.Equal(m.Payload, w.Payload) || !m.At.Equal(w.At) {
			t.Fatalf("message %d of the past is not that of Generate", n)
		}
		last = m.At
		n++
		return nil
	})
	if err != nil || n != len(want) {
		t.Fatal(n, err)
	}
	observers := make(map[string]bool)
	for _, node := range l.Truth().Nodes {
		observers[node.PubKey] = node.Observer != ""
	}
	for i := range 5000 {
		m := l.Next()
		if m.At.Before(last) {
			t.Fatalf("message %d arrives before the one before it", i)
		}
		if gap := m.At.Sub(last); gap > 10*time.Minute {
			t.Fatalf("nothing for %v", gap)
		}
		last = m.At
		if key := strings.Split(m.Topic, "/")[2]; !observers[key] {
			t.Fatal("no observer of this mesh: ", key)
		}
	}
}

// TestLiveKeepsItsRate counts over whole days: traffic has busy and quiet hours.
func TestLiveKeepsItsRate(t *testing.T) {
	cfg := demonstration()
	cfg.Observations = 3600 * 6 / 10 // one in ten seconds
	l := newLive(t, cfg)
	packets, statuses := 0, 0
	for {
		m := l.Next()
		if m.At.Sub(cfg.Start) > 48*time.Hour {
			break
		}
		if strings.HasSuffix(m.Topic, "/status") {
			statuses++
		} else {
			packets++
		}
	}
	if want := 48 * 360; packets < want*8/10 || packets > want*12/10 {
		t.Errorf("%d packet messages in two days, want about %d", packets, want)
	}
	if want := 48 * 12 * 12; statuses < want*8/10 || statuses > want {
		t.Errorf("%d statuses in two days, want nearly %d", statuses, want)
	}
}

// TestRunIsInThePresent runs for an hour of simulated time: messages come when
// they arrive, and good clocks of senders are right.
func TestRunIsInThePresent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := demonstration()
		cfg.Observations = 1000
		cfg.Start = time.Now().Add(-6 * time.Hour)
		l := newLive(t, cfg)
		if err := l.Past(func(Message) error { return nil }); err != nil {
			t.Fatal(err)
		}
		nodes := make(map[string]Node)
		for _, n := range l.Truth().Nodes {
			nodes[n.PubKey] = n
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		n, adverts, statuses := 0, 0, 0
		err := l.Run(ctx, 1, func(m Message) error {
			n++
			if d := time.Since(m.At); d < 0 || d > maxOff {
				t.Errorf("a message is %v late", d)
			}
			if strings.HasSuffix(m.Topic, "/status") {
				statuses++
			}
			if sender, sent, ok := advertIn(m); ok && nodes[sender].Clock == "good" {
				adverts++
				if d := time.Since(sent).Abs(); d > 10*time.Minute {
					t.Errorf("an advert was sent %v ago", d)
				}
			}
			return nil
		})
		if !errors.Is(err, context.DeadlineExceeded) || n < 1500 || n > 7500 || adverts < 50 || statuses < 100 {
			t.Errorf("%d messages, %d adverts, %d statuses, %v", n, adverts, statuses, err)
		}
	})
}

// TestRunJumpsToThePresent: a mesh whose past ended long ago, or is still to
// come, goes on now.
func TestRunJumpsToThePresent(t *testing.T) {
	for _, off := range []time.Duration{-1000 * time.Hour, 1000 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			cfg := compact()
			cfg.Start = time.Now().Add(off)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
			defer cancel()
			n := 0
			err := newLive(t, cfg).Run(ctx, 2, func(m Message) error {
				n++
				if d := time.Since(m.At); d < 0 || d > maxOff {
					t.Errorf("%v off: a message is %v late", off, d)
				}
				return nil
			})
			if !errors.Is(err, context.DeadlineExceeded) || n < 100 {
				t.Errorf("%d messages, %v", n, err)
			}
		})
	}
}

func TestRunEndsWithPublish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("full")
		if err := newLive(t, compact()).Run(t.Context(), 2, func(Message) error { return full }); !errors.Is(err, full) {
			t.Error(err)
		}
	})
}

// advertIn reads the sender and its time of an advert in a sound message.
func advertIn(m Message) (key string, sent time.Time, ok bool) {
	var p packetMessage
	if json.Unmarshal(m.Payload, &p) != nil || p.Raw == nil {
		return "", sent, false
	}
	frame, err := hex.DecodeString(*p.Raw)
	if err != nil {
		return "", sent, false
	}
	pkt, err := wire.Parse(frame)
	if err != nil || pkt.Type != wire.Advert {
		return "", sent, false
	}
	a, valid, err := wire.ParseAdvert(pkt.Payload)
	return strings.ToUpper(hex.EncodeToString(a.PubKey)), time.Unix(int64(a.Time), 0), valid && err == nil
}
