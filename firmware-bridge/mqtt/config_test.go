package mqtt

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestWrongConfigurationNamesTheField(t *testing.T) {
	for _, c := range []struct {
		cfg  Config
		want string
	}{
		{Config{URL: "http://h"}, "url: want it to begin with mqtt://"},
		{Config{URL: "mqtt://"}, "names no host"},
		{Config{URL: "mqtt://u:secret@h"}, "put user name and password into"},
		{Config{URL: "mqtt://h", Password: "p"}, "password: it needs a username"},
		{Config{URL: "mqtt://h", Topics: []string{"a/#/b"}}, "topics: \"a/#/b\""},
		{Config{URL: "mqtt://h", Topics: []string{"a+"}}, "topics: \"a+\""},
		{Config{URL: "mqtt://h", Topics: []string{""}}, "topics:"},
		{Config{URL: "mqtts://h", CA: []byte("x")}, "ca_file: it holds no certificate"},
		{Config{URL: "mqtt://h", Silence: -1}, "silence:"},
		{Config{URL: "mqtt://h", Username: "u", Login: func() (string, string, error) { return "", "", nil }}, "username:"},
	} {
		_, err := New(c.cfg, slog.New(slog.DiscardHandler))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: got %v, want %q", c.cfg.URL, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%v tells a secret", err)
		}
	}
}

func TestUsualPorts(t *testing.T) {
	for in, want := range map[string]string{
		"mqtt://h": "h:1883", "mqtts://h": "h:8883", "ws://h/mqtt": "h:80", "wss://h": "h:443",
		"mqtt://[::1]": "[::1]:1883", "mqtt://h:5": "h:5",
	} {
		if u, err := parseURL(in); err != nil || u.Host != want {
			t.Errorf("%s: got %v, %v, want %s", in, u, err, want)
		}
	}
}

type reader struct {
	net.Conn
	io.Reader
}

func (r reader) Read(p []byte) (int, error) { return r.Reader.Read(p) }

func TestPacketsWithinTheLimitPassWhole(t *testing.T) {
	var in []byte
	in = append(in, 0xd0, 0)
	in = append(append(in, 0x30, 3), "abc"...)
	in = append(append(in, 0x30, 0x80, 0x80, 0x10), make([]byte, maxPacket)...)
	in = append(in, 0xd0, 0)
	for name, r := range map[string]io.Reader{"whole": bytes.NewReader(in), "byte by byte": iotest.OneByteReader(bytes.NewReader(in))} {
		got, err := io.ReadAll(&limitedConn{Conn: reader{Reader: r}})
		if err != nil || !bytes.Equal(got, in) {
			t.Errorf("%s: %d of %d bytes, %v", name, len(got), len(in), err)
		}
	}
	in = []byte{0x30, 0x81, 0x80, 0x10}
	if _, err := io.ReadAll(&limitedConn{Conn: reader{Reader: bytes.NewReader(in)}}); err == nil {
		t.Error("a packet over the limit passes")
	}
}

func FuzzLimitedConn(f *testing.F) {
	f.Add([]byte{0x30, 3, 'a', 'b', 'c'}, uint8(1))
	f.Add([]byte{0x30, 0xff, 0xff, 0xff, 0xff, 0xff}, uint8(2))
	f.Fuzz(func(t *testing.T, in []byte, cut uint8) {
		k := min(int(cut), len(in))
		var whole, parts limitedConn
		ok := whole.follow(in)
		if got := parts.follow(in[:k]) && parts.follow(in[k:]); got != ok {
			t.Errorf("whole %t, in parts %t", ok, got)
		}
	})
}

func TestMeterForgetsAfterAMinute(t *testing.T) {
	var m meter
	start := time.Unix(1_000_000, 0)
	for i := range 90 {
		m.add(start.Add(time.Duration(i) * time.Second))
	}
	if got := m.last(start.Add(89*time.Second), time.Minute); got != 60 {
		t.Errorf("got %d, want 60", got)
	}
	if got := m.last(start.Add(200*time.Second), meterSpan); got != 90 {
		t.Errorf("five minutes: got %d", got)
	}
	if got := m.last(start.Add(200*time.Second), time.Minute); got != 0 {
		t.Errorf("got %d, want 0", got)
	}
}
