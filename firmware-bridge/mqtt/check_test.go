package mqtt

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func names(r Report) (all string, last Step) {
	for _, s := range r.Steps {
		all += s.Name + " "
		last = s
	}
	return all, last
}

func TestCheckGoesAllTheWay(t *testing.T) {
	conf, root := certificate(t)
	b := startBroker(t, "tcp", "127.0.0.1:0", conf, nil)
	b.publish(t, "meshcore/SEA/AA/status", "kept", true)
	r := Check(context.Background(), Config{URL: "mqtts://" + b.addr, CA: root})
	all, last := names(r)
	if want := "config TCP TLS sign-in subscription first message "; all != want || !r.OK() {
		t.Errorf("got %q %+v, want %q", all, r, want)
	}
	if last.Said != "a message on meshcore/SEA/AA/status" {
		t.Errorf("got %q", last.Said)
	}
}

func TestCheckStopsAtTheFault(t *testing.T) {
	conf, _ := certificate(t)
	closed := freeAddr(t)
	secure := startBroker(t, "tcp", "127.0.0.1:0", conf, nil)
	plain := startBroker(t, "tcp", "127.0.0.1:0", nil, accounts())
	for _, c := range []struct{ url, step, said string }{
		{"http://h", "config", ""},
		{"mqtt://" + closed, "TCP", "nothing listens at the broker's address"},
		{"mqtts://" + secure.addr, "TLS", "the broker's certificate is signed by an unknown authority"},
		{"mqtts://" + plain.addr, "TLS", ""},
		{"mqtt://" + plain.addr, "sign-in", "the broker refused the login: not authorised"},
	} {
		r := Check(context.Background(), Config{URL: c.url})
		_, last := names(r)
		if last.OK || r.OK() || last.Name != c.step || c.said != "" && last.Said != c.said || last.Said == "" {
			t.Errorf("%s: got %+v", c.url, last)
		}
	}
}

func TestQuietBrokerIsNoFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		for _, c := range []struct {
			ctx  context.Context
			said string
			took time.Duration
		}{
			{t.Context(), "none came within 10s", firstMessageWait},
			{ended, "none came before the check ended", 0},
		} {
			r := &Report{}
			r.await(c.ctx, nil)
			_, last := names(*r)
			if !r.OK() || last.Name != "first message" || last.Said != c.said || last.Took != c.took || last.Do == "" {
				t.Errorf("got %+v, want %q after %s", last, c.said, c.took)
			}
		}
	})
}

func TestTokensInTopicsAreNotShown(t *testing.T) {
	if got := redactTopic("meshrank/uplink/secret/AA/packets"); got != "meshrank/uplink/…/AA/packets" {
		t.Error(got)
	}
}
