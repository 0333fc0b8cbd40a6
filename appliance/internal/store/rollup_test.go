package store

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// naive counts what a store holds, another way.
func naive(s *Store, verified map[uint64]bool) Rollup {
	r := newRollup()
	s.Scan(0, 1<<60, func(tx mesh.Transmission) bool {
		n := int64(len(tx.Observations))
		both := func(t Tally) Tally { return Tally{t.Transmissions + 1, t.Observations + n} }
		r.Total, r.Types[tx.Type] = both(r.Total), both(r.Types[tx.Type])
		for _, o := range tx.Observations {
			t := r.Observers[o.Observer]
			t.Observations++
			if o.SNR4 != mesh.NoSNR {
				t.SNRs, t.SNR4 = t.SNRs+1, t.SNR4+int64(o.SNR4)
			}
			r.Observers[o.Observer] = t
			r.Regions[o.Region]++
		}
		if tx.Type == meshcore.TypeGrpTxt {
			r.Channels[tx.Payload[0]] = both(r.Channels[tx.Payload[0]])
		}
		if verified[tx.ID] {
			r.Nodes[[8]byte(tx.Payload)] = both(r.Nodes[[8]byte(tx.Payload)])
		}
		return true
	})
	return r
}

func allRollups(s *Store) (sum Rollup, hours, days int) {
	sum = newRollup()
	s.Rollups(0, 1<<32-1, func(_ uint32, n int, r Rollup) bool {
		sum.Add(r)
		if n == 1 {
			hours++
		} else {
			days++
		}
		return true
	})
	return sum, hours, days
}

// However often hours are sealed again, with rollups of hours or of days, and
// whatever packets go: rollups count what came in, once.
func TestRollupsCountWhatCameIn(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 2))
	fs := newMemFS()
	age := func(o *Options) { o.MaxAge = 100 * 24 * time.Hour }
	s, model := loadOn(t, fs, age), loadOn(t, newMemFS())
	verified := map[uint64]bool{}
	start := int64(mesh.HourOf(t0)/24*24) * mesh.HourMS
	now := start
	sealAll := func() {
		for _, hour := range s.Hours() {
			if _, err := s.Seal(hour); err != nil {
				t.Fatal(err)
			}
		}
	}
	// With what is not sealed yet they count it at any time.
	whole := func(after string) {
		t.Helper()
		sum, _, _ := allRollups(s)
		got := Tally{}
		s.RollupTotals(0, 1<<32-1, func(_ uint32, _ int, t Tally) bool {
			got = Tally{got.Transmissions + t.Transmissions, got.Observations + t.Observations}
			return true
		})
		if got != sum.Total {
			t.Errorf("after %s: totals %+v, want %+v", after, got, sum.Total)
		}
		for _, t := range s.Unrolled() {
			got = Tally{got.Transmissions + t.Transmissions, got.Observations + t.Observations}
		}
		if want := naive(model, nil).Total; got != want {
			t.Errorf("after %s: rollups and what they lack are %+v, want %+v", after, got, want)
		}
	}
	check := func(after string) {
		t.Helper()
		whole(after)
		got, _, _ := allRollups(s)
		if want := naive(model, verified); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("after %s:\nwant %v\nhave %v", after, want, got)
		}
	}
	place := func(n int, late int64) {
		for range n {
			now += r.Int64N(600_000)
			c := anyCopy(r, now)
			c.Obs.At -= r.Int64N(late)
			c.Obs.Region = uint16(r.IntN(3))
			if n := c.Hash[0] & 3; n < 2 {
				c.Type, c.Verified = meshcore.TypeAdvert, n == 0
			}
			s.Place(c)
			if p := model.Place(c); p.New && c.Verified {
				verified[p.ID] = true
			}
		}
	}
	place(600, 2*mesh.HourMS)
	sealAll()
	check("sealing")
	place(300, 30*mesh.HourMS)
	whole("late copies")
	sealAll()
	check("merging")
	s.Condense(time.UnixMilli(start + (35*24+30)*mesh.HourMS))
	if _, hours, days := allRollups(s); days == 0 || hours == 0 {
		t.Errorf("%d days and %d hours, want some of both", days, hours)
	}
	check("condensing")
	place(200, now-start)
	sealAll()
	check("merging late copies of a day that is condensed")
	flush(t, s, true)
	s.Close()
	s = loadOn(t, fs, age)
	check("a restart")
	place(100, 10*mesh.HourMS) // what is not sealed when it goes
	whole("late copies before evicting")
	s.Evict(time.UnixMilli(now + 101*24*mesh.HourMS))
	if s.Counts().Transmissions != 0 {
		t.Fatal("packets are left")
	}
	check("evicting")
	s.Condense(time.UnixMilli(now + 101*24*mesh.HourMS))
	if _, hours, days := allRollups(s); hours != 0 || days < 2 {
		t.Errorf("%d days and %d hours, want days", days, hours)
	}
	check("condensing all")
	s.Condense(time.UnixMilli(now + (rollupDays+2)*24*mesh.HourMS))
	if _, hours, days := allRollups(s); hours+days != 0 {
		t.Errorf("%d days and %d hours after two years", days, hours)
	}
}

func TestRollupsOfASpan(t *testing.T) {
	_, s := sealedStore(t)
	s.Condense(time.UnixMilli(0))
	hour := mesh.HourOf(t0)
	span := func(from, to uint32) (list []uint32) {
		s.Rollups(from, to, func(hour uint32, hours int, r Rollup) bool {
			if hours != 1 || r.Total.Transmissions != 10 {
				t.Errorf("hour %d of %d: %+v", hour, hours, r.Total)
			}
			list = append(list, hour)
			return true
		})
		return list
	}
	if got := span(hour, hour+2); !slices.Equal(got, []uint32{hour, hour + 1}) {
		t.Errorf("got %v", got)
	}
	if got := span(hour+3, 1<<32-1); got != nil {
		t.Errorf("got %v", got)
	}
}

// Two years of a busy mesh stay within 50 MB on disk: 35 days of hours and the
// rest in days.
func TestRollupsAreSmall(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 7))
	big := func(nodes int) string {
		x := newRollup()
		for n := range uint32(60) {
			x.Observers[n] = ObserverTally{100_000 + r.Int64N(1000), 500_000 + r.Int64N(1000), 100_000}
		}
		for n := range byte(12) {
			x.Types[meshcore.Type(n)] = Tally{1000, 16_000}
		}
		for n := range 256 {
			x.Channels[byte(n)] = Tally{300, 5000}
		}
		for range nodes {
			var key [8]byte
			for i := range key {
				key[i] = byte(r.Uint32())
			}
			x.Nodes[key] = Tally{r.Int64N(20), r.Int64N(400)}
		}
		x.Regions = map[uint16]int64{1: 1e6, 2: 1e5}
		x.Total = Tally{45_000, 714_000}
		return pack(&x, (*codec).rollup)
	}
	if size := rollupHours*len(big(300)) + rollupDays*len(big(1500)); size > 50_000_000 {
		t.Errorf("two years take %d bytes", size)
	}
}

func TestRollupSubtracts(t *testing.T) {
	a, b := newRollup(), newRollup()
	a.Types[2], b.Types[2] = Tally{5, 50}, Tally{5, 50}
	a.Nodes[[8]byte{1}], b.Nodes[[8]byte{1}] = Tally{2, 3}, Tally{1, 1}
	a.plus(b, -1)
	if len(a.Types) != 0 || !maps.Equal(a.Nodes, map[[8]byte]Tally{{1}: {1, 2}}) {
		t.Errorf("got %+v", a)
	}
}

// Early in 1970 nothing is long past.
func TestNothingIsCondensedInTheFirstDays(t *testing.T) {
	_, s := sealedStore(t)
	_, want, _ := allRollups(s)
	for hour := int64(0); hour < (35+3)*24; hour++ {
		s.Condense(time.UnixMilli(hour * mesh.HourMS))
	}
	if _, hours, days := allRollups(s); hours != want || days != 0 {
		t.Errorf("%d days and %d hours, want %d hours", days, hours, want)
	}
}
