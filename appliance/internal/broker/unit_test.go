package broker

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestBucketAllowsItsRate(t *testing.T) {
	b := bucket{rate: 10}
	now := time.Unix(1000, 0)
	for i := range 10 {
		if w := b.take(now); w != 0 {
			t.Fatalf("event %d waits %s", i, w)
		}
	}
	if w := b.take(now); w != 100*time.Millisecond {
		t.Errorf("the eleventh waits %s, want 100ms", w)
	}
	if w := b.take(now.Add(time.Hour)); w != 0 {
		t.Errorf("waits %s after an hour", w)
	}
	if w := b.take(now); w != 0 { // the clock was set back
		t.Errorf("waits %s after a step back", w)
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		filter, topic string
		want          bool
	}{
		{"a/b", "a/b", true}, {"a/b", "a", false}, {"a", "a/b", false}, {"a/+", "a/b", true}, {"a/+", "a", false},
		{"a/#", "a", true}, {"a/#", "a/b/c", true}, {"#", "x/y", true}, {"+/b", "a/b", true}, {"+", "a/b", false},
	} {
		if got := matches(c.filter, strings.Split(c.topic, "/")); got != c.want {
			t.Errorf("%s matches %s: %t", c.filter, c.topic, got)
		}
	}
}

func TestTextOfClientsIsMadePrintable(t *testing.T) {
	got := printable("a\x00\xff\n" + strings.Repeat("é", 100))
	if strings.ContainsAny(got, "\x00\n") || !utf8.ValidString(got) || len(got) > 140 {
		t.Errorf("got %q", got)
	}
}

func FuzzMayPublish(f *testing.F) {
	f.Add("meshcore/SEA/x/packets", "meshcore/#")
	f.Add("$SYS/x", "#")
	f.Add("meshcore/a/b/serial/commands", "")
	f.Fuzz(func(t *testing.T, topic, filter string) {
		who := identity{key: strings.Repeat("AB", 32)}
		if filter != "" {
			who.topics = []string{filter}
		}
		why := mayPublish(topic, who)
		if strings.HasPrefix(topic, "$") && why == "" {
			t.Error("a system topic is taken")
		}
		if why == "" && filter == "" && !strings.HasPrefix(topic, "mesh") {
			t.Errorf("%q is taken", topic)
		}
	})
}
