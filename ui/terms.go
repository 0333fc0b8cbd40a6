package ui

// Term is a word as pages use it.
type Term struct {
	ID    string // anchor on the page of help
	Word  string
	Means string
	Code  string // what the API and the field's clients call it; "" the same
}

// Terms are the words of the pages, each with what it means: the one table of
// them. Pages say packet and reception where the API says transmission and
// observation.
func Terms() []Term {
	return []Term{
		{"packet", "packet", "One transmission, however often it was heard.", "transmission"},
		{"reception", "reception", "One hearing of a packet by one observer on one path.", "observation"},
		{"copies", "copies", "×12: the number of receptions of a packet.", "observation_count"},
		{"hop", "hop", "One entry of a path, such as A3: the beginning of the key of the relay that repeated the packet.", "path_json"},
		{"relay", "relay", "The node behind a hop. A repeater or room that passes packets on.", ""},
		{"hop-width", "hop width", "1, 2 or 3 B: how many bytes of a relay's key each hop of a path holds. The fewer, the more relays share a hop.", "hash_size"},
		{"key", "key", "The public key of a node, 64 hex digits: its only proof of identity. Names are claims.", "public_key"},
		{"node", "node", "A radio that has made itself known by an advert: repeater, room, companion or sensor.", ""},
		{"advert", "advert", "A signed packet in which a node tells its name, role and position.", ""},
		{"observer", "observer", "A radio with a line to this machine: it reports what it receives.", ""},
		{"flood", "flood", "A packet that every relay repeats; its path grows with each hop and tells which way it came.", ""},
		{"direct", "direct", "A packet that follows a route given by its sender; its path shrinks, and tells what is still to go, not which way it came.", ""},
		{"heard", "last heard", "The later of a node's last advert and the last time it certainly relayed.", "last_seen"},
		{"region", "region", "The code of the airport nearest to an observer.", ""},
		{"scope", "scope", "A name that a sender confines a flood to. Relays that do not serve it stay silent.", "transport code"},
		{"snr", "SNR", "Signal to noise ratio in dB. Bars show how far it lies above what the radio's setting needs: four from 10 dB on, three from 5, two from 0.", ""},
		{"rssi", "RSSI", "Strength of the signal in dBm, noise included.", ""},
		{"deaf", "deaf", "A span in which nothing could have been received, whatever was sent. Charts hatch it and say why.", ""},
		{"late", "late", "A reception that was reported long after it was heard. It stands at the time of its hearing if the observer's clock has proven itself.", ""},
		{"copies-certain", "certain", "Of a relayed copy: a hop of its path fits this node's key alone among all known relays.", ""},
	}
}

// Key is a key of the keyboard and what it does.
type Key struct {
	Press []string
	Does  string
}

// Keys are those that pages listen to.
func Keys() []Key {
	return []Key{
		{[]string{"Ctrl", "K"}, "Find anything"},
		{[]string{"/"}, "To the page's own search"},
		{[]string{"?"}, "This list"},
		{[]string{"g", "h"}, "Home"},
		{[]string{"g", "p"}, "Packets"},
		{[]string{"g", "c"}, "Channels"},
		{[]string{"g", "n"}, "Nodes"},
		{[]string{"g", "o"}, "Observers"},
		{[]string{"g", "s"}, "System"},
		{[]string{"j"}, "Next row"},
		{[]string{"k"}, "Row before"},
		{[]string{"Enter"}, "Open the row"},
		{[]string{"x"}, "Unfold the row"},
		{[]string{"["}, "Page before"},
		{[]string{"]"}, "Next page"},
		{[]string{"Esc"}, "Close what is open"},
	}
}
