package web

import "strings"

// reasonMeans says in words why a message could not be used, or said nothing
// about packets.
func reasonMeans(reason string) string {
	words := map[string]string{
		"not_json":             "The message is not JSON",
		"not_object":           "The JSON is not an object",
		"bad_type":             "The frame is not a text",
		"bad_hex":              "The frame is not hex",
		"frame_size":           "The frame is too short or too long",
		"undecodable_frame":    "The firmware would refuse the frame",
		"too_large":            "The message is too large",
		"bad_topic":            "The topic is not one that observers use",
		"bad_observer_id":      "The observer's id is no key",
		"origin_mismatch":      "The observer is not the one that the topic or sign-in names",
		"client_key":           "A mobile client without its key",
		"no_fix":               "A mobile client without a position",
		"bad_gps":              "A mobile client with an impossible position",
		"panic":                "A fault of this program",
		"no_frame":             "The message carries no frame",
		"retained_packet":      "A packet that the broker had kept",
		"empty_payload":        "An empty message",
		"kind_raw":             "Raw form of a packet that comes anyway",
		"kind_debug":           "Debugging output",
		"kind_decoded":         "Decoded form of a packet that comes anyway",
		"kind_serial":          "Console output",
		"kind_internal":        "Internal to the broker",
		"unknown_kind":         "A kind of message that is not known",
		"bridge_status":        "Status of a bridge",
		"bridge_event":         "Event of a bridge",
		"command_topic":        "A command to somebody else",
		"hub_event":            "Event of a hub",
		"sys_topic":            "The broker's own figures",
		"no_observer_identity": "No observer is named",
		"empty_text":           "An empty text",
		"replayed_snapshot":    "A snapshot that was sent before",
		"hop_too_short":        "A hop too short to name anybody",
		"not_attributable":     "The frame does not say who sent it",
		"client_tx":            "A mobile client's own transmission",
	}
	if w, ok := words[reason]; ok {
		return w
	}
	return clean(strings.ReplaceAll(reason, "_", " "), nameLimit)
}

// rejectedMeans says in words why an advert made no node.
func rejectedMeans(reason string) string {
	words := map[string]string{
		"signature": "The signature does not fit",
		"position":  "The position is impossible",
		"name":      "The name is not a text",
		"role":      "The role is not known",
		"too_short": "It is too short",
		"key":       "The key is none",
	}
	if w, ok := words[reason]; ok {
		return w
	}
	return clean(strings.ReplaceAll(reason, "_", " "), nameLimit)
}
