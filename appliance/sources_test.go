package main

import (
	"fmt"
	"testing"
	"time"

	"hilltop/firmware-bridge/mqtt"
)

type sourceNotes []string

func (n *sourceNotes) SourceDown(name string, at time.Time, why string) {
	*n = append(*n, fmt.Sprintf("%s down since %d: %s", name, at.Unix(), why))
}

func (n *sourceNotes) SourceUp(name string, at time.Time) {
	*n = append(*n, fmt.Sprintf("%s up since %d", name, at.Unix()))
}

func TestGapOfASourceHasItsReason(t *testing.T) {
	at := func(s int64) time.Time { return time.Unix(s, 0) }
	var notes sourceNotes
	down := map[string]bool{}
	for _, s := range []mqtt.State{
		{Name: "a", Since: at(1)},                        // being dialled
		{Name: "b", Since: at(1)},                        //
		{Name: "a", Since: at(2), Connected: true},       // no gap at all
		{Name: "b", Since: at(1), LastError: "no route"}, // a gap from the start
		{Name: "b", Since: at(1), LastError: "refused"},  // the same one
		{Name: "b", Since: at(5), LastError: "refused", Connected: true},
		{Name: "a", Since: at(7), LastError: "lost"},
	} {
		noteSource(s, down, &notes)
	}
	want := "[b down since 1: no route b up since 5 a down since 7: lost]"
	if got := fmt.Sprint(notes); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
