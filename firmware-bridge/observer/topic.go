package observer

import "strings"

// form is the tree that a topic belongs to.
type form uint8

const (
	formFeed    form = iota // an observer's message: kind, and id or ""
	formClient              // a mobile client's
	formText                // a companion bridge's message
	formIgnored             // nothing for us: reason
	formBad                 // no topic of any publisher
)

// feedKind is what an observer's topic announces.
type feedKind uint8

const (
	feedPackets feedKind = iota
	feedStatus
	feedNeighbors
)

// topic is a topic taken apart.
type topic struct {
	form   form
	kind   feedKind
	id     string // the segment where the key belongs; "" if the tree has none
	region string // the segment where the region belongs; "" if the tree has none
	bridge bool   // the tree is shared with companion bridges, whose status is plain text
	direct bool   // formText: a direct message
	last   string // formText: channel index or sender prefix
	reason Reason // formIgnored
	none   bool   // without a key in the payload it is no observer's message
}

const (
	maxTopic    = 256 // bytes
	maxSegments = 8
)

// parseTopic takes a topic apart, by template rather than by index. The root
// may have other segments before it, as MQTT bridges put them there.
func parseTopic(s string) topic {
	var buf [maxSegments]string
	parts, ok := splitTopic(s, buf[:0])
	if !ok {
		return topic{form: formBad}
	}
	if strings.HasPrefix(parts[0], "$") {
		return ignoredTopic(SysTopic)
	}
	for i, p := range parts {
		switch {
		case p == "meshcore":
			return meshcoreTree(parts[i+1:])
		case p == "meshrank" && i+3 < len(parts) && parts[i+1] == "uplink":
			return keyed("", parts[i+3], parts[i+4:])
		}
	}
	return foreignTree(parts)
}

func ignoredTopic(r Reason) topic { return topic{form: formIgnored, reason: r} }

// splitTopic cuts at slashes and refuses what no publisher sends.
func splitTopic(s string, parts []string) ([]string, bool) {
	if s == "" || len(s) > maxTopic {
		return nil, false
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7F {
			return nil, false
		}
	}
	for rest, more := s, true; more; {
		var p string
		p, rest, more = strings.Cut(rest, "/")
		if p == "" || len(parts) == maxSegments {
			return nil, false
		}
		parts = append(parts, p)
	}
	return parts, true
}

// meshcoreTree reads what follows "meshcore".
func meshcoreTree(p []string) topic {
	if len(p) == 0 {
		return topic{form: formBad}
	}
	switch p[0] {
	case "client":
		return clientTopic(p)
	case "message":
		return textTopic(p)
	case "command":
		return ignoredTopic(CommandTopic)
	case "events", "traceroute":
		return ignoredTopic(BridgeEvent)
	case "repeater":
		if len(p) == 3 {
			return nameTopic(p[2])
		}
	case "packets":
		if len(p) == 2 {
			return flatTopic(p[1])
		}
	}
	switch {
	case len(p) == 1:
		return flatTopic(p[0])
	case isKey(p[0]):
		return keyed("", p[0], p[1:])
	case len(p) == 2:
		if _, known := kindOf(p[1]); known {
			t := flatTopic(p[1])
			t.region = p[0]
			return t
		}
		return topic{form: formBad}
	}
	return keyed(p[0], p[1], p[2:])
}

// foreignTree reads topics of no known root: a bridge with another prefix, a
// hub, or a template of the publisher's owner. What holds a key in front of a
// known kind is taken for an observer's.
func foreignTree(p []string) topic {
	for i := 0; i+1 < len(p); i++ {
		if isKey(p[i]) {
			return keyed("", p[i], p[i+1:])
		}
	}
	if len(p) == 4 && p[1] == "message" {
		return textTopic(p[1:])
	}
	if len(p) == 3 && p[1] == "command" {
		return ignoredTopic(CommandTopic)
	}
	if k, ok := kindOf(p[len(p)-1]); ok && len(p) > 1 {
		return topic{kind: k, none: true}
	}
	return ignoredTopic(UnknownKind)
}

// keyed reads region, key and kind.
func keyed(region, id string, kind []string) topic {
	t := topic{id: id, region: region}
	if len(kind) == 0 {
		return topic{form: formBad}
	}
	switch kind[0] {
	case "serial":
		return ignoredTopic(KindSerial)
	case "event":
		return ignoredTopic(HubEvent)
	case "command":
		return ignoredTopic(CommandTopic)
	}
	if r, ok := ignoredKind(kind[0]); ok {
		return ignoredTopic(r)
	}
	k, ok := kindOf(kind[0])
	if !ok || len(kind) > 1 {
		return ignoredTopic(UnknownKind)
	}
	t.kind = k
	return t
}

// flatTopic reads a tree without region and key.
func flatTopic(kind string) topic {
	if r, ok := ignoredKind(kind); ok {
		return ignoredTopic(r)
	}
	if k, ok := kindOf(kind); ok {
		return topic{kind: k, bridge: k == feedStatus}
	}
	switch kind {
	case "battery", "device_info", "self_info", "advertisement", "new_contact", "contacts",
		"telemetry", "channel_info", "login", "event":
		return ignoredTopic(BridgeEvent)
	}
	return topic{form: formBad}
}

// nameTopic reads the private tree of pyMC_Repeater, where all but packets and
// status are rows of its database.
func nameTopic(kind string) topic {
	if k, ok := kindOf(kind); ok {
		return topic{kind: k, none: true}
	}
	return ignoredTopic(NoObserverIdentity)
}

func clientTopic(p []string) topic {
	if len(p) == 3 && p[2] == "packets" {
		return topic{form: formClient, id: p[1]}
	}
	return ignoredTopic(UnknownKind)
}

func textTopic(p []string) topic {
	if len(p) != 3 || p[1] != "channel" && p[1] != "direct" {
		return ignoredTopic(BridgeEvent)
	}
	return topic{form: formText, direct: p[1] == "direct", last: p[2]}
}

func kindOf(s string) (feedKind, bool) {
	switch s {
	case "packets", "packet":
		return feedPackets, true
	case "status":
		return feedStatus, true
	case "neighbors":
		return feedNeighbors, true
	}
	return 0, false
}

func ignoredKind(s string) (Reason, bool) {
	switch s {
	case "raw":
		return KindRaw, true
	case "debug":
		return KindDebug, true
	case "decoded":
		return KindDecoded, true
	case "internal":
		return KindInternal, true
	}
	return "", false
}

// isKey reports whether s is 64 hex digits.
func isKey(s string) bool { return len(s) == 64 && isHex(s) }

func isHex(s string) bool {
	for i := range len(s) {
		if nibble(s[i]) == noNibble {
			return false
		}
	}
	return s != ""
}

// parseRegion reads the segment of a topic where the region belongs.
func parseRegion(s string) (region string, w Warning) {
	switch {
	case s == "":
		return "", ""
	case equalFold(s, "test"):
		return "TEST", ""
	case len(s) != 3 || !isLetters(s) || equalFold(s, "xxx") || equalFold(s, "loc"):
		return "", WarnBadRegion
	}
	if up := strings.ToUpper(s); up != s {
		return up, WarnRegionCase
	}
	return s, ""
}

func isLetters(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}
