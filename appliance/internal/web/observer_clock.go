package web

import (
	"fmt"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/ui/part"
)

// clockRight is how near to the arrival a proven clock's times are, at best.
const clockRight = 2 * time.Second

// clockState words an observer's clock in a line.
func clockState(c mesh.Clock) part.State {
	least := time.Duration(c.Least) * time.Millisecond
	switch {
	case c.Proven:
		return part.State{Tone: part.Good, Word: "proven"}
	case c.LeastAt == 0:
		return part.State{Tone: part.Quiet, Word: "not known"}
	case least > clockRight:
		return part.State{Tone: part.Half, Word: spanText(least) + " behind"}
	case least < -clockRight:
		return part.State{Tone: part.Half, Word: spanText(-least) + " ahead"}
	}
	return part.State{Tone: part.Half, Word: "not proven lately"}
}

// clockSays explains an observer's clock: a sentence each.
func clockSays(c mesh.Clock) []string {
	least := time.Duration(c.Least) * time.Millisecond
	var says []string
	switch {
	case c.LeastAt == 0:
		return []string{"No live message of it stated a time yet, so nothing is known of its clock. Its packets stand where they arrived."}
	case c.Proven:
		says = append(says, "Its clock has proven itself: its quickest message of the last hour arrived within 2 s of the time that it stated. Its packets stand where it heard them, even if they arrive late.")
	case least > clockRight:
		says = append(says, fmt.Sprintf("Even its quickest message arrived %s after the time that it stated: its clock is behind by that, or its link is as slow. Its packets stand where they arrived.", spanText(least)))
	case least < -clockRight:
		says = append(says, fmt.Sprintf("A message of its last hour arrived %s before the time that it stated, which cannot be: its clock was ahead by at least that. Its packets stand where they arrived until that is an hour ago.", spanText(-least)))
	default:
		says = append(says, "Its clock was right when it was last measured, but that is too long ago, or not a whole hour. Its packets stand where they arrive until it is proven again.")
	}
	if c.ZoneOK && c.ZoneMin != 0 {
		says = append(says, "It states local times without a zone; they are taken as "+zoneText(c.ZoneMin)+".")
	}
	return append(says, "No offset is ever subtracted: a wrong clock moves nothing.")
}

// zoneText is an offset from UTC given in minutes.
func zoneText(minutes int16) string {
	sign := "+"
	if minutes < 0 {
		sign, minutes = "−", -minutes
	}
	return fmt.Sprintf("UTC%s%d:%02d", sign, minutes/60, minutes%60)
}

// clockFacts are the measurements behind it.
func clockFacts(c mesh.Clock, now time.Time) []part.Fact {
	if c.LeastAt == 0 {
		return nil
	}
	at := moment(c.LeastAt, now)
	return []part.Fact{
		{Name: "Least delay", Value: spanText(time.Duration(c.Least) * time.Millisecond), Note: "arrival less the time it stated, over its last hour with live messages"},
		{Name: "Measured at", When: &at},
	}
}
