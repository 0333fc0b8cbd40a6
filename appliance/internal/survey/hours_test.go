package survey

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Sums that are remembered between surveys are those that are counted anew from all
// that is held, whatever came in, left, or was set otherwise meanwhile.
func TestRememberedHoursAreThoseCountedAnew(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	w := newWorld()
	end := start + 8*dayHours*hourMs
	n := 0
	add := func(from, to int64, count int) {
		for range count {
			n++
			at := from + r.Int64N(to-from)
			s := w.flood(at, fmt.Sprint("packet number ", n), copyOf{1, 1, "a"}, copyOf{2, 1, string([]byte{'a', byte('b' + r.IntN(3))})})
			if name := []string{"", "#north", "#south"}[r.IntN(3)]; name != "" {
				s.Tree.Header = byte(s.Type)<<2 | byte(meshcore.TransportFlood)
				s.Tree.Transport = [2]uint16{meshcore.RegionCode(meshcore.RegionKey(name), s.Type, s.Payload)}
			}
		}
	}
	add(start, end, 900)
	sums, scopes := hourSums{}, []string{"#north"}
	check := func(what string, to int64) {
		t.Helper()
		sources := w.built(t)
		sources.Scopes = scopes
		fresh, err := sources.Make(t.Context(), to)
		if err != nil {
			t.Fatal(err)
		}
		sources.sums = sums
		kept, err := sources.Make(t.Context(), to)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(fresh.Hours, kept.Hours) {
			t.Errorf("%s: remembered sums differ from those counted anew", what)
		}
		var packets, held int64
		for _, a := range Sum(fresh.Last(7 * 24 * time.Hour)).Types {
			packets += a.Transmissions
		}
		for hour, list := range w.hours {
			if at := int64(hour) * hourMs; at >= to-weekHours*hourMs && at < to {
				held += int64(len(list))
			}
		}
		if packets != held || held == 0 || len(fresh.Hours) != weekHours || fresh.Hours[0].Start != to-weekHours*hourMs || len(sums) != weekHours {
			t.Errorf("%s: %d packets of %d in %d hours, %d remembered", what, packets, held, len(fresh.Hours), len(sums))
		}
	}
	check("at first", end-3*hourMs)
	check("the same", end-3*hourMs)
	check("an hour later", end-2*hourMs)
	add(start+3*dayHours*hourMs, start+4*dayHours*hourMs, 40)
	check("packets of an old day", end-2*hourMs)
	scopes = append(scopes, "#south")
	check("another scope is known", end-2*hourMs)
	w.observers = append(w.observers, mesh.Observer{Num: 9, ID: "O", First: start, Radio: mesh.Radio{FreqKHz: 910525, BWHz: 62500, SF: 7, CR: 5}})
	check("another setting", end)
	delete(w.hours, slices.Max(w.Hours())-100)
	check("an hour is gone", end)
}
