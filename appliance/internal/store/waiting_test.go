package store

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
)

// What waits for an hour that is not loaded, and goes with it, is in the rollups as
// it is in those of a store that had the hour loaded: once.
func TestWhatWaitsForAnHourThatGoesIsInItsRollup(t *testing.T) {
	waited := 0
	for seed := range seeds(40) {
		sums := [2]Rollup{}
		for i := range sums {
			r := rand.New(rand.NewPCG(seed, 5))
			fs := newMemFS()
			s := threeHours(t, fs, func(o *Options) { o.MaxAge = time.Hour })
			hour := mesh.HourOf(t0)
			if i == 1 {
				s.unload(hour)
				if seed%3 == 0 {
					s.unload(hour + 1)
				}
			}
			for range 30 {
				n := r.IntN(14) - 1 // of the hour before it up to the one after
				c := lateCopy(n, uint32(1+r.IntN(3)), t0+int64(n)*360_000+180_000+r.Int64N(3)*1000, 1)
				if n >= 12 {
					c = lateCopy(100+n, 1, t0-int64(r.IntN(3))*200_000, 1) // begins just before
				}
				c.Feed, c.Obs.SNR4 = uint32(r.IntN(2)), int8(mesh.NoSNR)
				p := s.Place(c)
				if p.Hidden {
					waited++
				}
			}
			s.Evict(time.UnixMilli(t0 + 2*mesh.HourMS))
			if hours := s.Hours(); seed%3 > 0 && (len(hours) != 2 || hours[0] != hour+1 && hours[1] != hour+1) {
				t.Fatalf("hours %v are left", hours)
			}
			flush(t, s, false)
			s.Close()
			s = loadOn(t, fs.afterCrash())
			for _, hour := range s.Hours() {
				if _, err := s.Seal(hour); err != nil {
					t.Fatal(err)
				}
			}
			sums[i], _, _ = allRollups(s)
			s.Close()
		}
		if !reflect.DeepEqual(sums[0], sums[1]) {
			t.Fatalf("seed %d: loaded %+v\nunloaded %+v", seed, sums[0], sums[1])
		}
	}
	if waited < 100 {
		t.Errorf("%d copies waited: the test shows little", waited)
	}
}
