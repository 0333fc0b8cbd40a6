package simmesh

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

var places = []string{
	"Queen Anne", "Tiger Mtn", "Beacon Hill", "Capitol Hill", "Mt Tabor", "Cougar Mtn", "Gold Mtn", "Larch Mtn",
	"West Hills", "Burnaby Mtn", "Lynn Peak", "Rattlesnake", "Cemetery Ridge", "Mt Spokane", "South Hill", "Ahtanum",
	"Badger Mtn", "Skinner Butte", "Spencers Butte", "Chuckanut", "Lummi", "Mt Doug", "Sooke", "Wenatchee Hts",
	"Elma Gate", "Boistfort", "Mossyrock", "Kalama", "Bald Peak", "Chehalem", "Sandy Ridge", "Green Mtn", "Lake Stevens",
	"Ballard", "Fremont", "Greenwood", "Alki", "Georgetown", "Kirkland", "Redmond", "Sammamish", "Kent East Hill",
	"Puyallup", "Browns Point", "Gig Harbor", "Bremerton", "Poulsbo", "Kingston", "Edmonds", "Mukilteo", "Marysville",
	"Anacortes", "Mt Vernon", "Sehome", "White Rock", "Langley", "Coquitlam", "Deep Cove", "Richmond", "Saanich",
	"Selah", "Toppenish", "Richland", "Kennewick", "Walla Walla", "Cheney", "Liberty Lake", "Deer Park", "Bend Way",
	"St Johns", "Sellwood", "Hawthorne", "Gresham", "Tualatin", "Beaverton", "Hillsboro", "Vancouver WA", "Camas",
}

var people = []string{
	"Ann", "Ben", "Cleo", "Dmitri", "Eve", "Farid", "Gus", "Hana", "Ivo", "June", "Kai", "Lena", "Milo", "Nora",
	"Otto", "Pia", "Quinn", "Rosa", "Sven", "Tara", "Uma", "Viktor", "Wren", "Xan", "Yuki", "Zed", "Marmot", "Orca",
	"Cedar", "Raven", "Moss", "Salish", "Fogbank", "Duckweed", "Slug", "Tinker", "Static", "Coax", "Dipole", "Yagi",
}

var emoji = []string{"🏔️", "🌲", "🐸", "📡", "🦦", "☕", "🚲", "🛶", "🌧️", "🔥", "🐟", "🛰️"}

func callsign(r rng) string {
	p := pick(r, []string{"W7", "K7", "KJ7", "N7", "VE7", "VA7", "KK7", "AE7"})
	b := []byte{byte('A' + r.IntN(26)), byte('A' + r.IntN(26)), byte('A' + r.IntN(26))}
	return p + string(b[:2+r.IntN(2)])
}

func nodeName(r rng, role string, serial int) string {
	var s string
	switch role {
	case roleRepeater:
		switch r.IntN(4) {
		case 0:
			s = pick(r, places) + " RPT"
		case 1:
			s = callsign(r) + " " + pick(r, places)
		case 2:
			s = pick(r, places) + fmt.Sprintf(" R%d", 1+r.IntN(9))
		default:
			s = pick(r, emoji) + " " + pick(r, places)
		}
	case roleRoom:
		s = pick(r, places) + " Room"
	case roleSensor:
		s = pick(r, places) + pick(r, []string{" WX", " Batt", " Temp", " Tide"})
	default:
		switch r.IntN(5) {
		case 0:
			s = callsign(r)
		case 1:
			s = pick(r, people) + " " + pick(r, emoji)
		case 2:
			s = pick(r, people) + " mobile"
		case 3:
			s = strings.ToLower(pick(r, people)) + fmt.Sprint(r.IntN(100))
		default:
			s = pick(r, people) + " " + fmt.Sprintf("%04x", r.IntN(65536))
		}
	}
	if r.chance(0.3) {
		s += fmt.Sprintf(" %d", serial%97)
	}
	return s
}

// clip cuts s to at most n bytes without splitting a rune.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

var chatter = []string{
	"anyone around tonight?", "good morning mesh", "test from the ferry, %d bars", "new repeater is up at %s, please report",
	"heard you 5 by 9 from %s", "what antenna are you running?", "rain again at %s ☔", "battery at %d%%, solar is doing fine",
	"net is at 19:00 on this channel", "can someone in %s hear this?", "moved the node to the roof, %d dB better",
	"firmware 1.%d is out, update when you can", "traffic on I-5 is terrible near %s", "73 all", "copy that 👍",
	"I can see %d repeaters from here", "who owns %s? it is offline", "coffee at %s on Saturday?", "snow level dropping to %d00 ft",
	"lol", "thanks for the relay", "trying a quarter wave on the %s node", "is the bridge to %s down again?", "hello from seat %dA",
}

func messageText(r rng) string {
	s := pick(r, chatter)
	switch {
	case strings.Contains(s, "%s"):
		s = fmt.Sprintf(s, pick(r, places))
	case strings.Contains(s, "%d"):
		s = fmt.Sprintf(s, 1+r.IntN(40))
	}
	if r.chance(0.12) {
		s = "@[" + pick(r, people) + "] " + s
	}
	for r.chance(0.18) {
		s += " " + pick(r, chatter[8:16])
		s = strings.NewReplacer("%s", pick(r, places), "%d", "12", "%%", "%").Replace(s)
	}
	return s
}
