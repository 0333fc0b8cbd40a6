package store

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

const t0 = int64(1_760_000_000_000) / mesh.HourMS * mesh.HourMS // an hour's start

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func openOn(t testing.TB, fs *memFS, change ...func(*Options)) *Store {
	t.Helper()
	s, err := Open(options(fs, change...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func options(fs *memFS, change ...func(*Options)) Options {
	o := Options{Dir: "data", FS: fs, Log: quiet, Now: func() time.Time { return time.UnixMilli(t0) }}
	for _, c := range change {
		c(&o)
	}
	return o
}

func loadOn(t testing.TB, fs *memFS, change ...func(*Options)) *Store {
	t.Helper()
	s := openOn(t, fs, change...)
	if _, err := s.Load(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return s
}

// flood is a copy of packet n as heard by an observer over these one-byte hops.
func flood(n int, observer uint32, at int64, hops ...byte) Copy {
	payload := fmt.Appendf(nil, "payload %d", n)
	c := Copy{Type: meshcore.TypeGrpTxt, Payload: payload, Feed: 1}
	binary.BigEndian.PutUint64(c.Hash[:], uint64(n)*0x9e3779b97f4a7c15)
	c.Obs = mesh.Observation{
		At: at, Arrived: at, Claimed: at, Flags: mesh.FlagClaimed, Observer: observer, Sources: 2,
		SNR4: 20, RSSI: -90, Score: mesh.NoScore,
		Header: byte(meshcore.TypeGrpTxt)<<2 | 1, PathLen: byte(len(hops)), Path: hops,
	}
	return c
}

// dump is everything that a reader can learn, in words.
func dump(s *Store) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%+v\n", s.Counts())
	var line []byte
	s.Scan(math.MinInt64, math.MaxInt64, func(tx mesh.Transmission) bool {
		line = append(appendTransmission(line[:0], &tx), '\n')
		b.Write(line)
		return true
	})
	nodes := s.Nodes()
	slices.SortFunc(nodes, func(a, b mesh.Node) int { return strings.Compare(a.Key.String(), b.Key.String()) })
	fmt.Fprintf(&b, "%+v\n", nodes)
	for _, o := range s.Observers() {
		fmt.Fprintf(&b, "%+v %+v\n", o, s.Metrics(o.ID, 0, math.MaxInt64))
	}
	fmt.Fprintf(&b, "%+v\n%+v\n%+v\n", s.Gaps(0, math.MaxInt64), s.Malformed(), s.Rejected())
	v, _ := s.Setting("k")
	fmt.Fprintf(&b, "%+v\n", s.ChannelKeys())
	fmt.Fprintf(&b, "%s %s %s %d\n", v, s.Region(1), s.Source(1), s.nextID)
	for _, hour := range s.DecidedHours() {
		fmt.Fprintf(&b, "%d %q\n", hour, s.Decided(hour))
	}
	return b.String()
}

// appendTransmission words all of a transmission: what fmt takes ten times as long
// for, and dumps are most of what the tests of crashes do.
func appendTransmission(b []byte, tx *mesh.Transmission) []byte {
	number := func(n int64) {
		b = append(strconv.AppendInt(b, n, 10), ' ')
	}
	number(int64(tx.ID))
	b = append(hex.AppendEncode(b, tx.Hash[:]), ' ')
	number(int64(tx.Type))
	b = append(strconv.AppendBool(b, tx.Verified), ' ')
	b = hex.AppendEncode(b, tx.Payload)
	for i := range tx.Observations {
		o := &tx.Observations[i]
		b = append(b, " | "...)
		for _, n := range [...]int64{o.At, o.Arrived, o.Claimed, int64(o.Observer), int64(o.Region), int64(o.Sources), int64(o.Flags),
			int64(o.SNR4), int64(o.RSSI), int64(o.Score), int64(o.DurationMS),
			int64(o.Header), int64(o.Transport[0]), int64(o.Transport[1]), int64(o.PathLen)} {
			number(n)
		}
		b = hex.AppendEncode(b, o.Path)
	}
	return b
}

// A field that a transmission gets must be dumped, too.
func TestDumpHasEveryField(t *testing.T) {
	if n, m := reflect.TypeFor[mesh.Transmission]().NumField(), reflect.TypeFor[mesh.Observation]().NumField(); n != 6 || m != 15 {
		t.Errorf("a transmission has %d fields and an observation %d: appendTransmission knows 6 and 15", n, m)
	}
}

// seeds is how many of the seeds to try that a test without goroutines of its own
// tries: the race detector has nothing to find there, and takes ten times as long.
func seeds(n uint64) uint64 {
	if raceEnabled {
		return max(1, n/4)
	}
	return n
}

// anyCopy is a copy of one of a few packets, of every shape.
func anyCopy(r *rand.Rand, now int64) Copy {
	c := flood(r.IntN(12), uint32(1+r.IntN(4)), now-int64(r.IntN(3))*r.Int64N(700_000))
	o := &c.Obs
	o.Arrived = now
	for range r.IntN(5) {
		o.Path = append(o.Path, byte(r.IntN(6)))
	}
	o.PathLen = byte(len(o.Path))
	o.Claimed, o.SNR4, o.Sources = o.At+r.Int64N(3)*1000, int8(r.IntN(40)), 1<<r.IntN(3)
	c.Feed = uint32(r.IntN(3))
	switch r.IntN(8) {
	case 0:
		o.Header = o.Header&^3 | 2
	case 1:
		o.Header = o.Header &^ 3
		o.Transport = [2]uint16{uint16(r.Uint32()), 0}
	case 2:
		o.PathLen = 0xff // says something else than the path
	case 3:
		o.Flags, o.Claimed, o.RSSI, o.Score, o.DurationMS = mesh.FlagLate, 0, mesh.NoRSSI, 700, 55
	case 4:
		o.Path = append(o.Path, o.Path...)
		o.PathLen |= 1 << 6
	}
	return c
}

// anything makes a random change.
func anything(s *Store, r *rand.Rand, now int64) {
	switch r.IntN(20) {
	case 0:
		s.PutNode(mesh.Node{Key: meshcore.PublicKey{byte(r.IntN(5))}, Name: fmt.Sprint(r.IntN(9)), LastAdvert: now})
	case 1:
		s.PutObserver(mesh.Observer{ID: fmt.Sprint("o", r.IntN(4)), Name: fmt.Sprint(r.IntN(9)), Clock: mesh.Clock{Recent: []mesh.ClockSample{{At: now, Delay: 3}}}})
	case 2:
		s.AddMetrics(fmt.Sprint("o", r.IntN(4)), mesh.MetricsSample{At: now, BatteryMV: uint16(r.IntN(4000)), Has: 1})
	case 3:
		s.CloseGap(s.AddGap(mesh.Gap{From: now, Kind: "source"}), now+1, 3)
	case 4:
		s.CountMalformed(mesh.Malformed{At: now, Source: "a/b", Reason: fmt.Sprint(r.IntN(3)), Payload: []byte{1, 2}})
	case 5:
		s.CountRejected(mesh.RejectedAdvert{At: now, Reason: "name", Observer: 2})
	case 6:
		s.PutSetting("k", fmt.Sprint(now))
		s.RegionNum(fmt.Sprint("region", r.IntN(5)))
		if key := meshcore.HashtagKey(fmt.Sprint("#", r.IntN(5))); r.IntN(4) > 0 {
			s.PutChannelKey(fmt.Sprint("name", r.IntN(9)), key, OriginBrowser)
		} else {
			s.DeleteChannelKey(key)
		}
		s.SourceNum(fmt.Sprint("source", r.IntN(5)))
	case 7:
		if r.IntN(10) == 0 {
			s.Evict(time.UnixMilli(now))
		}
	default:
		s.Place(anyCopy(r, now))
	}
}

// differ gives the first line in which two dumps differ.
func differ(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return "\nwant " + w[i] + "\nhave " + g[i]
		}
	}
	return fmt.Sprintf("want %d lines, have %d", len(w), len(g))
}
