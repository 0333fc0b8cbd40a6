package record

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// machine is one that is started, stopped and killed on a directory, by a clock
// that only the test moves.
type machine struct {
	t   *testing.T
	dir string
	now time.Time
	s   *store.Store
	w   *writer // nil while it is off
	n   int     // messages so far
}

func newMachine(t *testing.T) *machine {
	m := &machine{t: t, dir: t.TempDir(), now: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)}
	t.Cleanup(func() {
		if m.w != nil {
			m.s.Close()
		}
	})
	return m
}

// start loads what is on disk and begins a run, after the clock was waited for.
func (m *machine) start(waited time.Duration) {
	m.t.Helper()
	var err error
	if m.s, err = store.Open(store.Options{Dir: m.dir, Now: func() time.Time { return m.now }}); err != nil {
		m.t.Fatal(err)
	}
	if _, err := m.s.Load(m.t.Context(), func(int64, int64) {}); err != nil {
		m.t.Fatal(err)
	}
	r := New(Options{Inbox: NewInbox(1), Clock: NewClock(ClockOptions{Now: func() time.Time { return m.now }})})
	m.w = newWriter(r, m.s)
	newest := newestArrival(m.s)
	m.now = m.now.Add(waited)
	m.w.begin(m.now, readiness{store: m.s, newest: newest, waited: waited, took: waited})
}

// hear takes a message in.
func (m *machine) hear() {
	m.n++
	m.s.Place(store.Copy{Type: meshcore.TypeTxtMsg, Payload: fmt.Append(nil, "message ", m.n), Obs: mesh.Observation{
		At: m.now.UnixMilli(), Arrived: m.now.UnixMilli(), Observer: m.s.ObserverNum(roof), Header: 9,
	}})
}

// save has what was done so far on disk.
func (m *machine) save() {
	m.t.Helper()
	if err := m.s.Flush(m.t.Context(), false); err != nil {
		m.t.Fatal(err)
	}
}

// stop ends the run in order.
func (m *machine) stop() {
	m.t.Helper()
	if err := m.w.end(); err != nil {
		m.t.Fatal(err)
	}
	m.save()
	m.kill()
}

// kill ends it; what was not saved is lost.
func (m *machine) kill() {
	m.t.Helper()
	if err := m.s.Close(); err != nil {
		m.t.Fatal(err)
	}
	m.w = nil
}

// ledger words the gaps that concern the whole machine.
func (m *machine) ledger() string {
	var lines []string
	for _, g := range m.s.Gaps(0, 1<<62) {
		at := func(ms int64) string { return time.UnixMilli(ms).UTC().Format("15:04") }
		lines = append(lines, at(g.From)+"-"+at(g.To)+" "+g.Kind)
	}
	return strings.Join(lines, ", ")
}

func TestLedgerTellsIdleFromOff(t *testing.T) {
	const m, s, x, k, start, save = "message", "stop", "later", "kill", "start", "save"
	for name, c := range map[string]struct {
		does []string // a later is an hour
		want string
	}{
		"stopped at once": {[]string{start, m, s, x, start}, "00:00-01:00 stopped"},
		"idle, stopped":   {[]string{start, m, s, x, start, x, s, x, start}, "00:00-01:00 stopped, 01:00-02:00 silent, 02:00-03:00 stopped"},
		"idle twice": {[]string{start, m, s, x, start, x, s, x, start, x, s, x, start},
			"00:00-01:00 stopped, 01:00-02:00 silent, 02:00-03:00 stopped, 03:00-04:00 silent, 04:00-05:00 stopped"},
		"idle, killed":                     {[]string{start, m, s, x, start, save, x, k, x, start}, "00:00-01:00 stopped, 01:00-03:00 stopped"},
		"killed before anything was saved": {[]string{start, m, s, x, start, x, k, x, start}, "00:00-03:00 stopped"},
		"idle twice, killed": {[]string{start, m, s, x, start, save, x, k, x, start, save, x, k, x, start},
			"00:00-01:00 stopped, 01:00-03:00 stopped, 03:00-05:00 stopped"},
		"messages between": {[]string{start, m, s, x, start, x, m, x, s, x, start, m, s, x, start},
			"00:00-01:00 stopped, 02:00-03:00 silent, 03:00-04:00 stopped, 04:00-05:00 stopped"},
		"messages, killed":          {[]string{start, m, x, m, save, x, k, x, start}, "01:00-03:00 stopped"},
		"never a message":           {[]string{start, x, s, x, start}, "00:00-01:00 silent, 01:00-02:00 stopped"},
		"no message, no pause":      {[]string{start, x, s, start, x, s, start}, "00:00-01:00 silent, 01:00-02:00 silent"},
		"stopped and started again": {[]string{start, m, s, start, m, s, start}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newMachine(t)
			for _, what := range c.does {
				switch what {
				case start:
					b.start(0)
				case m:
					b.hear()
				case save:
					b.save()
				case s:
					b.stop()
				case k:
					b.kill()
				case x:
					b.now = b.now.Add(time.Hour)
				}
			}
			if have := b.ledger(); have != c.want {
				t.Errorf("\nhave %s\nwant %s", have, c.want)
			}
		})
	}
}

// What the ledger says of a kill is that there was no stop in order; of a source
// that was down then, until the last sign of life.
func TestKillIsToldFromAStop(t *testing.T) {
	m := newMachine(t)
	m.start(0)
	m.hear()
	m.now = m.now.Add(time.Hour)
	m.s.AddGap(mesh.Gap{From: m.now.UnixMilli(), Kind: GapSource, Subject: "one"})
	m.save()
	m.now = m.now.Add(time.Hour)
	m.kill()
	m.start(0)
	gaps := m.s.Gaps(0, 1<<62)
	if want := "00:00-01:00 silent, 01:00-01:00 source, 01:00-02:00 stopped"; m.ledger() != want {
		t.Fatalf("\nhave %s\nwant %s", m.ledger(), want)
	}
	if !strings.Contains(gaps[2].Note, "not stopped in order") {
		t.Errorf("a kill is noted as %q", gaps[2].Note)
	}
	m.stop()
	m.now = m.now.Add(time.Hour)
	m.start(0)
	if gaps := m.s.Gaps(0, 1<<62); gaps[3].Note != "the appliance was not running" {
		t.Errorf("a stop is noted as %q", gaps[3].Note)
	}
}

// A start is when messages were held first, not when the clock was believed.
func TestOffEndsWhereWaitingForTheClockBegins(t *testing.T) {
	m := newMachine(t)
	m.start(0)
	m.hear()
	m.stop()
	m.now = m.now.Add(time.Hour)
	m.start(time.Minute)
	m.now = m.now.Add(time.Hour)
	m.stop()
	m.start(0)
	if want := "00:00-01:00 stopped, 01:00-01:01 clock, 01:01-02:01 silent"; m.ledger() != want {
		t.Errorf("\nhave %s\nwant %s", m.ledger(), want)
	}
}

// A message that could not be used was a sign of life all the same; one from the
// future, when the clock was wrong, is none.
func TestMalformedMessageIsASignOfLife(t *testing.T) {
	m := newMachine(t)
	m.start(0)
	m.hear()
	m.s.CountMalformed(mesh.Malformed{At: m.now.AddDate(1, 0, 0).UnixMilli()})
	m.now = m.now.Add(time.Hour)
	m.s.CountMalformed(mesh.Malformed{At: m.now.UnixMilli()})
	m.save()
	m.kill()
	m.now = m.now.Add(time.Hour)
	m.start(0)
	if want := "01:00-02:00 stopped"; m.ledger() != want {
		t.Errorf("\nhave %s\nwant %s", m.ledger(), want)
	}
}

// A ledger whose gaps overlap, without a note of a run: what is entered begins
// after all of them.
func TestLedgerOfStartsThatOverlap(t *testing.T) {
	m := newMachine(t)
	m.start(0)
	m.hear()
	zero := m.now.UnixMilli()
	for _, hours := range []int64{7, 8} {
		m.s.AddGap(mesh.Gap{From: zero, To: zero + hours*3_600_000, Kind: GapStopped})
	}
	m.s.PutSetting(settingRun, "")
	m.save()
	m.kill()
	m.now = m.now.Add(9 * time.Hour)
	m.start(0)
	if want := "00:00-07:00 stopped, 00:00-08:00 stopped, 08:00-09:00 stopped"; m.ledger() != want {
		t.Errorf("\nhave %s\nwant %s", m.ledger(), want)
	}
}

// known is what a store has of the runs.
type known struct {
	note   string
	heard  int64
	ledger []mesh.Gap
}

// Whatever the order of starts, stops, kills and messages: gaps of the machine
// are sorted and disjoint, also if its clock is set to another time. If it is not,
// then they are true: it received nothing and was not off in any that says that
// it ran, was not seen alive within one that says that it was off, and all of the
// time that it was off is in one that says so, once the disk knows anything.
func TestGapsOfTheMachineAreDisjointAndTrue(t *testing.T) {
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 1))
		clockIsSet := seed%2 == 1
		var disk, memory known
		var heard, alive []int64 // that the disk knew, Unix ms
		var lost []int64         // heard since it was written
		var offs [][2]int64      // true spans
		running, began, ended, now := false, int64(0), int64(0), int64(1_777_593_600_000)
		for step := range 60 {
			now += int64(r.ExpFloat64() * float64(20*time.Minute.Milliseconds()))
			if clockIsSet && r.IntN(10) == 0 {
				now += int64(r.NormFloat64() * float64(5*time.Hour.Milliseconds()))
			}
			switch kind := r.IntN(8); {
			case !running || step == 59:
				memory = known{disk.note, disk.heard, slices.Clone(disk.ledger)}
				if disk.note != "" && !running {
					offs = append(offs, [2]int64{ended, now})
				}
				memory.ledger = append(memory.ledger, runsBefore(now, disk.note, disk.heard, disk.ledger).gaps(now)...)
				memory.note, began, running, lost = fmt.Sprint(now), now, true, nil
			case kind < 4:
				memory.heard, lost = max(memory.heard, now), append(lost, now)
			case kind < 7:
				if running = kind < 5; !running {
					memory.note, ended, alive = fmt.Sprint(began, now), now, append(alive, now)
				}
				disk = known{memory.note, memory.heard, slices.Clone(memory.ledger)}
				heard, alive, lost = append(heard, lost...), append(alive, began), nil
			default:
				running, ended = false, now
			}
		}
		within := func(g mesh.Gap, times []int64) bool {
			return slices.ContainsFunc(times, func(at int64) bool { return g.From < at && at < g.To })
		}
		var end int64
		for _, g := range memory.ledger {
			if g.From < end || g.To <= g.From {
				t.Fatalf("seed %d: %+v begins before %d, or ends before it begins", seed, g, end)
			}
			end = g.To
			switch {
			case clockIsSet:
			case g.Kind == GapStopped && (within(g, alive) || within(g, heard)):
				t.Fatalf("seed %d: it was alive in %+v", seed, g)
			case g.Kind == GapSilent && (within(g, heard) || slices.ContainsFunc(offs, func(o [2]int64) bool { return o[0] < g.To && g.From < o[1] })):
				t.Fatalf("seed %d: it was off or received something in %+v", seed, g)
			}
		}
		for _, o := range offs {
			said := slices.ContainsFunc(memory.ledger, func(g mesh.Gap) bool { return g.Kind == GapStopped && g.From <= o[0] && o[1] <= g.To })
			if !said && !clockIsSet && o[1]-o[0] > stoppedFrom.Milliseconds() {
				t.Fatalf("seed %d: it was off in %v, and no gap says so: %+v", seed, o, memory.ledger)
			}
		}
	}
}

// A silence is in the ledger while it lasts, ends with the message that ends it, and
// is entered once, however the run ends.
func TestSilenceIsEnteredWhileItLasts(t *testing.T) {
	minute := func(m *machine) { // of a run in which nothing arrives
		m.now = m.now.Add(time.Minute)
		m.w.tick(m.now)
	}
	for name, c := range map[string]struct {
		end  func(*machine)
		want string
	}{
		"stopped": {(*machine).stop, "00:00-00:30 silent, 00:30-01:00 silent, 01:00-02:00 stopped"},
		"killed":  {(*machine).kill, "00:00-00:30 silent, 00:30-00:40 silent, 00:40-02:00 stopped"},
	} {
		m := newMachine(t)
		m.start(0)
		for range 9 {
			minute(m)
		}
		if have := m.ledger(); have != "" {
			t.Errorf("after nine minutes: %s", have)
		}
		for range 21 {
			minute(m)
		}
		if open := m.s.OpenGaps(); len(open) != 1 || m.ledger() != "00:00-00:00 silent" {
			t.Errorf("after half an hour: %s, %d of them open", m.ledger(), len(open))
		}
		m.hear()
		m.w.ledger.heard(m.w, m.now)
		if open := m.s.OpenGaps(); len(open) != 0 || m.ledger() != "00:00-00:30 silent" {
			t.Errorf("after a message: %s, %d of them open", m.ledger(), len(open))
		}
		for range 30 {
			minute(m)
		}
		m.save()
		c.end(m)
		m.now = m.now.Add(time.Hour)
		m.start(0)
		if have := m.ledger(); have != c.want || len(m.s.OpenGaps()) != 0 {
			t.Errorf("%s:\nhave %s\nwant %s", name, have, c.want)
		}
	}
}

// A short pause after a silence is none: the run had received something.
func TestPauseAfterASilenceIsNone(t *testing.T) {
	m := newMachine(t)
	m.start(0)
	for range 30 {
		m.now = m.now.Add(time.Minute)
		m.w.tick(m.now)
	}
	m.hear()
	m.w.ledger.heard(m.w, m.now)
	m.now = m.now.Add(time.Minute)
	m.stop()
	m.now = m.now.Add(time.Hour)
	m.start(0)
	if want := "00:00-00:30 silent, 00:31-01:31 stopped"; m.ledger() != want {
		t.Errorf("\nhave %s\nwant %s", m.ledger(), want)
	}
}
