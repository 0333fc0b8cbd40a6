package index

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Whatever keys come and go, and however packets come in meanwhile, an index
// that has read again is one that had these keys from the start.
func TestRereadIsAsIfTheKeysHadAlwaysBeenThere(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	all := []meshcore.Channel{{Name: "Public", Key: meshcore.PublicChannelKey()}}
	for n := 0; len(all) < 5; n++ { // one more with the byte of Public, so that keys clash
		k := must(meshcore.NewChannelKey([]byte(fmt.Sprintf("%016d", n))))
		if k.HashByte() == all[0].Key.HashByte() || n < 3 {
			all = append(all, meshcore.Channel{Name: fmt.Sprint("c", n), Key: k})
		}
	}
	ring := meshcore.NewKeyRing(all[:1])
	x := NewChannels(ring)
	var events []Event
	packets := map[uint64]meshcore.Packet{}
	var come func()
	payload := func(tx uint64) (meshcore.Type, []byte, bool) {
		if r.IntN(2) == 0 { // something comes while an hour is read
			come()
		}
		return packets[tx].Type, packets[tx].Payload, true
	}
	come = func() {
		tx := uint64(len(packets) + 1)
		if len(packets) > 0 && r.IntN(3) == 0 { // a copy
			e := events[r.IntN(len(events))]
			e.New, e.Text = false, nil
			events = append(events, e)
			x.apply(&e)
			return
		}
		c := all[r.IntN(len(all))]
		p := groupText(c.Key, "Ada", fmt.Sprint("text ", tx))
		if r.IntN(4) == 0 {
			p = meshcore.NewFlood(meshcore.TypeGrpData, 1, must(meshcore.GroupData{DataType: 7, Data: []byte{byte(tx), byte(tx >> 8)}}.Seal(c.Key)))
		}
		packets[tx] = p
		e := copyOf(tx, p, int64(len(packets)/40)*mesh.HourMS+r.Int64N(mesh.HourMS))
		if p.Type == meshcore.TypeGrpTxt {
			e.Text = ReadText(ring, p.Payload)
			if r.IntN(9) == 0 { // read before the keys changed
				e.Text = &Text{Channel: "gone", Text: "x"}
			}
		}
		events = append(events, e)
		x.apply(&e)
	}
	for range 40 {
		for range 10 {
			come()
		}
		keys := slices.Clone(all)
		r.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		ring.Replace(keys[:r.IntN(len(keys)+1)])
		come()
		if r.IntN(4) == 0 {
			continue // two changes at once
		}
		x.Reread(t.Context(), payload)
		if stale, hours := x.Stale(); stale != 0 || hours != len(x.hours) {
			t.Fatalf("%d of %d hours are stale", stale, hours)
		}
		fresh := NewChannels(ring)
		for _, e := range events {
			if e.New && e.Type == meshcore.TypeGrpTxt {
				e.Text = ReadText(ring, e.Payload)
			}
			fresh.apply(&e)
		}
		if got, want := sums(x), sums(fresh); !reflect.DeepEqual(got, want) {
			t.Fatalf("with %v:\ngot  %+v\nwant %+v", ring.Channels(), got, want)
		}
	}
}

// sums is all that an index tells.
func sums(x *Channels) (out []any) {
	for _, c := range x.List(nil) {
		out = append(out, c)
		ids, total := x.OfByte(c.HashByte, mesh.Cursor{}, 1<<20)
		out = append(out, x.Senders(c.Name), ids, total)
	}
	return append(out, x.Find(TextQuery{Limit: 1 << 20}))
}

func TestRereadEnds(t *testing.T) {
	ring := meshcore.NewKeyRing(nil)
	x := NewChannels(ring)
	e := copyOf(1, groupText(meshcore.PublicChannelKey(), "Ada", "hi"), 5)
	x.apply(&e)
	ring.Replace([]meshcore.Channel{{Name: "Public", Key: meshcore.PublicChannelKey()}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	x.Reread(ctx, nil)
	if stale, _ := x.Stale(); stale != 1 {
		t.Error("it went on after its end")
	}
	x.Reread(t.Context(), func(uint64) (meshcore.Type, []byte, bool) { return 0, nil, false })
	if stale, _ := x.Stale(); stale != 0 || x.List(nil)[0].Messages != 0 {
		t.Error("a packet that is no longer held holds it up")
	}
}

// BenchmarkHeldWhileRereading reads an hour of 12,000 texts again, 16 times as
// busy as the reference mesh's: held is for how long nobody else gets in.
func BenchmarkHeldWhileRereading(b *testing.B) {
	public := []meshcore.Channel{{Name: "Public", Key: meshcore.PublicChannelKey()}}
	ring := meshcore.NewKeyRing(nil)
	x := NewChannels(ring)
	packets := make([]meshcore.Packet, 12_000)
	for i := range packets {
		packets[i] = groupText(public[0].Key, fmt.Sprint("sender ", i%300), fmt.Sprint("text ", i))
		e := copyOf(uint64(i), packets[i], int64(i))
		x.apply(&e)
	}
	payload := func(tx uint64) (meshcore.Type, []byte, bool) { return packets[tx].Type, packets[tx].Payload, true }
	var held time.Duration
	for b.Loop() {
		ring.Replace(public[:1-len(ring.Channels())])
		done := make(chan struct{})
		go func() { x.Reread(b.Context(), payload); close(done) }()
		for running := true; running; {
			select {
			case <-done:
				running = false
			default:
				began := time.Now()
				x.mu.Lock()
				held = max(held, time.Since(began))
				x.mu.Unlock()
				time.Sleep(50 * time.Microsecond)
			}
		}
	}
	b.ReportMetric(float64(held.Microseconds()), "µs-held")
}
