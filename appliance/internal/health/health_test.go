package health

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

const noon = int64(1_780_000_000_000)

func every(n int, gap int64) (times []int64) {
	for i := range n {
		times = append(times, noon+int64(i)*gap)
	}
	return times
}

func TestSilenceCountsByTheNodesOwnCadence(t *testing.T) {
	for _, c := range []struct {
		gap   int64
		quiet int64
	}{{hourMs, 2 * hourMs}, {12 * hourMs, 24 * hourMs}, {5 * 60_000, leastQuiet}, {6 * dayMs, mostQuiet}} {
		times := every(20, c.gap)
		p, own := PatienceWith(mesh.Node{Role: meshcore.RoleRepeater}, Learn(times))
		if !own || p.Quiet != c.quiet || p.Silent != 3*c.quiet {
			t.Errorf("every %d ms: got %+v, %v, want quiet after %d", c.gap, p, own, c.quiet)
		}
		last := times[len(times)-1]
		for at, want := range map[int64]mesh.NodeState{last: mesh.NodeActive, last + c.quiet - 1: mesh.NodeActive, last + c.quiet: mesh.NodeQuiet, last + 3*c.quiet: mesh.NodeSilent} {
			if got := p.State(last, ListeningAt(at)); got != want {
				t.Errorf("every %d ms, %d ms later: got %s, want %s", c.gap, at-last, got, want)
			}
		}
	}
}

func TestAdvertsThatWereLostMakeNoNodeSilent(t *testing.T) {
	var times []int64
	for i, at := range every(40, 12*hourMs) {
		if i%3 != 1 { // every third is not heard
			times = append(times, at)
		}
	}
	p, _ := Learn(times).Patience()
	if last := times[len(times)-1]; p.State(last, ListeningAt(last+25*hourMs)) != mesh.NodeActive {
		t.Errorf("got %+v", p)
	}
}

func TestRolesUsualPatienceHoldsWhileCadenceIsUnknown(t *testing.T) {
	few := Learn([]int64{noon, noon + 10, noon + 20, noon + 30, noon + 40, noon + hourMs})
	if p, own := PatienceWith(mesh.Node{Role: meshcore.RoleRepeater}, few); own || p != (Patience{24 * hourMs, 72 * hourMs}) {
		t.Errorf("repeater: got %+v, %v", p, own)
	}
	if p, own := PatienceWith(mesh.Node{Role: meshcore.RoleCompanion}, Cadence{}); own || p != (Patience{hourMs, 24 * hourMs}) {
		t.Errorf("companion: got %+v, %v", p, own)
	}
	if got := (Patience{1, 2}).State(0, ListeningAt(noon)); got != mesh.NodeSilent {
		t.Errorf("never heard: got %s", got)
	}
}

// said makes adverts of a clock that is off by so many ms, and drifts.
func said(r *rand.Rand, n int, from, gap, offset int64, secondsADay float64) (list []Said) {
	for i := range n {
		at := from + int64(i)*gap
		off := offset + int64(secondsADay*float64(at-from)/dayMs*1000)
		list = append(list, Said{Heard: at + r.Int64N(3000), Timestamp: uint32((at + off) / 1000)})
	}
	return list
}

func TestOffsetAndDriftAreToldWithinSeconds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, drift := range []float64{0, 3, -2} {
		list := said(r, 60, noon, 4*hourMs, 90_000, drift)
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		c := JudgeClock(list)
		want := 90_000 + int64(drift*1000*59*4/24)
		if !c.HasDrift || math.Abs(c.Drift-drift) > 0.3 || max(c.Offset-want, want-c.Offset) > 3000 || len(c.Resets) != 0 {
			t.Errorf("drift %g: got %+v, want offset %d", drift, c, want)
		}
	}
}

// An advert sent again hours later, or one bad observer, moves neither offset
// nor drift; it is no reset.
func TestOldAdvertsSentAgainMoveNoClock(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	list := said(r, 40, noon, 6*hourMs, 0, 0)
	clean := JudgeClock(list)
	for i := 5; i < 35; i += 7 {
		list = append(list, Said{Heard: list[i].Heard + 3*hourMs, Timestamp: list[i].Timestamp + 1}) // 3 h late
		list = append(list, Said{Heard: list[i].Heard + 90*60_000, Timestamp: list[i].Timestamp})    // the very same
	}
	c := JudgeClock(list)
	if c.Outlier != 5 || len(c.Resets) != 0 || c.Offset != clean.Offset || c.Samples != clean.Samples {
		t.Errorf("got %+v, want %+v but for 5 outliers", c, clean)
	}
}

func TestResetsAreToldApartFromDrift(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	list := said(r, 20, noon, 6*hourMs, 5_000, 1)
	later := noon + 20*6*hourMs
	list = append(list, said(r, 20, later, 6*hourMs, -7_200_000, 1)...)
	c := JudgeClock(list)
	if len(c.Resets) != 1 || c.Resets[0].At < later || c.Samples != 20 {
		t.Fatalf("got %+v", c)
	}
	if got := c.Resets[0].To - c.Resets[0].From; got > -7_190_000 || got < -7_230_000 {
		t.Errorf("jump: got %d ms", got)
	}
	if c.Offset > -7_190_000 || math.Abs(c.Drift-1) > 0.3 {
		t.Errorf("got %+v", c)
	}
}

func TestClocksNeverSetAreCountedApart(t *testing.T) {
	c := JudgeClock([]Said{{noon, 0}, {noon + hourMs, 1_000_000}, {noon + 2*hourMs, uint32(noon/1000) + 7200}})
	if c.Unset != 2 || c.Samples != 1 || c.HasDrift || len(c.Resets) != 0 {
		t.Errorf("got %+v", c)
	}
	if c := JudgeClock(nil); c.Samples != 0 {
		t.Errorf("nothing said: got %+v", c)
	}
}

func place(lat, lon float64) mesh.Place {
	return mesh.Place{LatE6: int32(lat * 1e6), LonE6: int32(lon * 1e6)}
}

func TestDistancesAreThoseOfTheGlobe(t *testing.T) {
	for _, c := range []struct {
		a, b mesh.Place
		km   float64
	}{
		{place(47.6062, -122.3321), place(45.5152, -122.6784), 234.0},
		{place(0, 179.5), place(0, -179.5), 111.2},
		{place(90, 0), place(-90, 0), 20_015},
		{place(1, 1), place(1, 1), 0},
	} {
		if got := DistanceKM(c.a, c.b); math.Abs(got-c.km) > c.km/200+0.001 {
			t.Errorf("%v to %v: got %.1f km, want %.1f", c.a, c.b, got, c.km)
		}
	}
}

func TestPositionsAreDoubtedForAReason(t *testing.T) {
	var mesh10 []mesh.Place
	for i := range 10 {
		mesh10 = append(mesh10, place(47+float64(i)/10, -122))
	}
	spell := func(p mesh.Place, from, to int64) mesh.Spell[mesh.Place] {
		return mesh.Spell[mesh.Place]{Value: p, From: noon + from, To: noon + to}
	}
	home := place(47.5, -122.1)
	for name, c := range map[string]struct {
		places []mesh.Spell[mesh.Place]
		around Around
		want   Doubt
	}{
		"none":                     {nil, Around{Others: mesh10}, Believed},
		"in the mesh":              {[]mesh.Spell[mesh.Place]{spell(home, 0, 9)}, Around{mesh10, mesh10[:2]}, Believed},
		"another continent":        {[]mesh.Spell[mesh.Place]{spell(place(10, 10), 0, 9)}, Around{Others: mesh10}, DoubtFar},
		"nobody to be far from":    {[]mesh.Spell[mesh.Place]{spell(place(10, 10), 0, 9)}, Around{Others: mesh10[:3]}, Believed},
		"heard elsewhere":          {[]mesh.Spell[mesh.Place]{spell(place(50.5, -122), 0, 9)}, Around{mesh10, mesh10[:1]}, DoubtHeard},
		"1000 km in a minute":      {[]mesh.Spell[mesh.Place]{spell(place(38.5, -122), 0, 9*dayMs), spell(home, 9*dayMs+60_000, 9*dayMs+60_000)}, Around{}, DoubtJump},
		"1000 km in two days":      {[]mesh.Spell[mesh.Place]{spell(place(38.5, -122), 0, dayMs), spell(home, 3*dayMs, 3*dayMs)}, Around{}, Believed},
		"a jump that lasted since": {[]mesh.Spell[mesh.Place]{spell(place(38.5, -122), 0, 60_000), spell(home, 120_000, 9*dayMs)}, Around{}, Believed},
	} {
		if got := JudgePlace(c.places, c.around); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestCountersThatBeganAnewGiveNoRate(t *testing.T) {
	at := func(min int64, up, tx, rx, recv, errs uint32) mesh.MetricsSample {
		return mesh.MetricsSample{At: noon + min*60_000, UptimeS: up, TxAirS: tx, RxAirS: rx, Received: recv, RecvErrors: errs, Has: hasUptime | hasTx | hasRx | hasRecv | hasErrors}
	}
	list := []mesh.MetricsSample{
		at(0, 1000, 100, 200, 50, 0), at(10, 1600, 160, 320, 130, 20), // 10 %, 20 %, 1 of 5
		at(20, 30, 1, 2, 3, 0),        // rebooted
		at(30, 630, 31, 2, 3, 0),      // 5 %, 0 %, none received
		at(90, 700, 3000, 3000, 9, 9), // rebooted and past where they stood
	}
	rates := Rates(list)
	if got := []bool{rates[0].Rebooted, rates[1].Rebooted, rates[2].Rebooted, rates[3].Rebooted}; !slices.Equal(got, []bool{false, true, false, true}) {
		t.Fatalf("reboots: got %v", got)
	}
	if r := rates[0]; r.Tx != 0.1 || r.Rx != 0.2 || r.Errors != 0.2 {
		t.Errorf("got %+v", r)
	}
	if r := rates[2]; r.Tx != 0.05 || r.Rx != 0 || r.Errors != unknown {
		t.Errorf("got %+v", r)
	}
	m := Sum(rates)
	if math.Abs(m.Tx-0.075) > 1e-9 || math.Abs(m.Rx-0.1) > 1e-9 || m.Errors != 0.2 || m.Known != 20*60_000 || len(m.Reboots) != 2 {
		t.Errorf("got %+v", m)
	}
	// Counters that were not sent are not known, and not 0.
	none := Sum(Rates([]mesh.MetricsSample{{At: noon}, {At: noon + 60_000}}))
	if none.Tx != unknown || none.Rx != unknown || none.Errors != unknown {
		t.Errorf("got %+v", none)
	}
}
