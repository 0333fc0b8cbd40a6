package broker

import (
	"slices"
	"strings"
)

// Why a message or a client is refused. They are shown, and few.
const (
	refusedSystem   = "publishes below $"
	refusedTopic    = "topic is none that feeds use"
	refusedReserved = "topic is reserved (serial, internal, command)"
	refusedKey      = "topic names another key than the login"
	refusedUser     = "topic is not allowed to this user"
	refusedWill     = "last will on a topic it may not publish to"
	refusedLogin    = "wrong user or password, or a token that does not verify"
	refusedTries    = "too many failed logins from this address"
	refusedFull     = "too many clients"
	refusedSize     = "message larger than max_message"
	refusedProtocol = "not MQTT, or against its rules"
	refusedFilters  = "too many subscriptions"
	refusedInbox    = "inbox full, message lost"
)

// mayPublish returns "" or why not. The trees are those of mqtt-feeds: keys
// stand anywhere in a topic, so a login by key allows no other key in any
// level. A user's own filters replace the trees, but not the reserved kinds.
func mayPublish(topic string, who identity) string {
	levels := strings.Split(topic, "/")
	switch {
	case strings.HasPrefix(topic, "$"):
		return refusedSystem
	case reserved(levels):
		return refusedReserved
	case who.key != "" && slices.ContainsFunc(levels, func(l string) bool { return isKey(l) && !strings.EqualFold(l, who.key) }):
		return refusedKey
	case len(who.topics) > 0:
		if !slices.ContainsFunc(who.topics, func(f string) bool { return matches(f, levels) }) {
			return refusedUser
		}
		return ""
	case len(topic) > 256 || !feedTree(levels):
		return refusedTopic
	}
	return ""
}

func feedTree(levels []string) bool {
	switch {
	case len(levels) < 2:
		return false
	case levels[0] == "meshcore":
		return true
	}
	return len(levels) >= 4 && levels[0] == "meshrank" && levels[1] == "uplink"
}

// reserved tells whether a topic could steer a radio, or carries what only a
// broker says of its clients.
func reserved(levels []string) bool {
	for i, l := range levels {
		switch strings.ToLower(l) {
		case "serial", "internal":
			if i >= 3 {
				return true
			}
		case "command":
			if i >= 1 && i < len(levels)-1 {
				return true
			}
		}
	}
	return false
}

func isKey(level string) bool {
	if len(level) != 64 {
		return false
	}
	for _, c := range []byte(level) {
		if !(c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f') {
			return false
		}
	}
	return true
}

// matches follows MQTT 3.1.1 §4.7.1.
func matches(filter string, levels []string) bool {
	want := strings.Split(filter, "/")
	for i, w := range want {
		if w == "#" {
			return true
		}
		if i >= len(levels) || w != "+" && w != levels[i] {
			return false
		}
	}
	return len(want) == len(levels)
}
