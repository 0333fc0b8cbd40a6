package observer

import (
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

const (
	maxNeighbors = 512
	maxScopes    = 32
	maxAge       = 30 * 24 * time.Hour // clocks that jumped make ages of years
)

// parseNeighbors reads a message of the neighbors topic.
func parseNeighbors(m *Message, t topic, object string, e Envelope, o Options) {
	var (
		h                     head
		self, list, truncated member
	)
	eachMember(object, func(key string, v member) {
		switch {
		case h.take(key, v):
		case key == "self":
			self = v
		case key == "neighbors":
			list = v
		case key == "truncated":
			truncated = v
		}
	})
	if !h.identify(m, t, e, o) {
		return
	}
	m.settle(h.claim(m.Dialect), feedWindow, e.Arrived, o.ZoneOffset)
	n := &Neighbors{Truncated: truncated.Type == gjson.True}
	if self.IsObject() {
		n.Scopes = scopes(self.Get("scopes"))
		scope, _ := clean(str(self.Get("default_scope")), maxName)
		n.DefaultScope = keep(scope)
	}
	if list.IsArray() {
		list.ForEach(func(_, v member) bool {
			if entry, ok := readNeighbor(m, v); ok {
				n.List = append(n.List, entry)
			}
			return len(n.List) < maxNeighbors
		})
	}
	m.Kind, m.Neighbors = KindNeighbors, n
}

// readNeighbor reads an entry; it is false without a key.
func readNeighbor(m *Message, v member) (n Neighbor, ok bool) {
	if !v.IsObject() {
		return n, false
	}
	v.ForEach(func(k, v member) bool {
		switch k.Str {
		case "pubkey":
			n.Key = neighborKey(str(v))
		case "name":
			name, _ := clean(str(v), maxName)
			n.Name = keep(name)
		case "snr":
			n.SNR, n.HasSNR = readSNR(m, v)
		case "rssi":
			n.RSSI, n.HasRSSI = readRSSI(m, v)
		case "heard_secs_ago":
			n.Age, n.HasAge = readAge(m, v)
		case "scopes":
			n.Scopes = scopes(v)
		case "status":
			status, _ := clean(str(v), maxName)
			n.Status = keep(status)
		}
		return true
	})
	return n, n.Key != ""
}

// neighborKey is a key or the first bytes of one, upper-case; else "".
func neighborKey(s string) string {
	s = trimBlanks(s)
	if len(s) < 2 || len(s) > 64 || len(s)%2 != 0 || !isHex(s) {
		return ""
	}
	return upper(s)
}

func readAge(m *Message, v member) (time.Duration, bool) {
	secs, ok := number(v)
	if !ok {
		return 0, false
	}
	if secs < 0 || secs > maxAge.Seconds() {
		m.warn(WarnNeighborAge)
		return 0, false
	}
	return time.Duration(secs * float64(time.Second)).Truncate(time.Second), true
}

// scopes reads a comma list or an array, each name once.
func scopes(v member) []string {
	out := []string{}
	add := func(s string) {
		s, _ = clean(s, maxName)
		if s != "" && len(out) < maxScopes && !slices.Contains(out, s) {
			out = append(out, keep(s))
		}
	}
	if v.IsArray() {
		v.ForEach(func(_, v member) bool { add(str(v)); return true })
		return out
	}
	for s := range strings.SplitSeq(str(v), ",") {
		add(s)
	}
	return out
}
