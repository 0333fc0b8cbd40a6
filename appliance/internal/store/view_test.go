package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// sayHead is what a head tells of a transmission, or should.
func sayHead(hour uint32, h Head, voices []Voice) string {
	heard := []string{}
	for _, c := range h.Copies {
		heard = append(heard, fmt.Sprint(voices[c.Voice], c.At, c.SNR4, c.Header, c.PathLen, c.PathBytes))
	}
	sender := ""
	if h.Sender != nil {
		sender = h.Sender.String()
	}
	return fmt.Sprint(hour, h.ID, h.Hash, h.Type, h.First, h.Last, h.Payload, heard, sender)
}

func headOf(tx mesh.Transmission) (h Head, voices []Voice) {
	h = Head{ID: tx.ID, Hash: tx.Hash, Type: tx.Type, First: tx.First(), Last: tx.Last(), Payload: len(tx.Payload)}
	for _, o := range tx.Observations {
		h.Copies = append(h.Copies, Heard{o.At, uint32(len(voices)), o.SNR4, o.Header, o.PathLen, uint8(len(o.Path))})
		voices = append(voices, Voice{o.Observer, o.Region})
	}
	if tx.Type == meshcore.TypeAdvert && tx.Verified && len(tx.Payload) >= 32 {
		h.Sender = new(meshcore.PublicKey(tx.Payload))
	}
	return h, voices
}

// Views show what readers get, each transmission once and in its order, while
// hours are sealed and records taken out of them.
func TestViewsShowWhatIsHeld(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	s := loadOn(t, newMemFS())
	states := map[uint64]string{}           // rows that count, by View.Sealed
	chunks, again := map[uint64]string{}, 0 // what was handed out, by Heads.Serial
	scanned := 0
	check := func() {
		t.Helper()
		got, n := s.Views(func(uint32) bool { return true }), 0
		for i := range got.Hours {
			v := &got.Hours[i]
			if i > 0 && v.Hour >= got.Hours[i-1].Hour {
				t.Fatalf("hour %d comes after %d", v.Hour, got.Hours[i-1].Hour)
			}
			n += v.Transmissions()
			for k := range v.Heads.Chunks() { // one serial, one content
				said := ""
				for i := k * HeadsInChunk; i < min((k+1)*HeadsInChunk, v.Heads.Len()); i++ {
					said += sayHead(v.Hour, *v.Heads.At(i), got.Voices) + v.Heads.At(i).value
				}
				switch was, ok := chunks[v.Heads.Serial(k)]; {
				case ok && was != said:
					t.Fatal("what was handed out as one chunk has changed")
				case ok:
					again++
				}
				chunks[v.Heads.Serial(k)] = said
			}
			ids := map[uint64]bool{}
			for k := range v.Heads.Len() {
				h := *v.Heads.At(k)
				ids[h.ID] = true
				tx, _ := s.PacketByID(h.ID)
				want, voices := headOf(tx)
				if have := sayHead(v.Hour, h, got.Voices); have != sayHead(v.Hour, want, voices) {
					t.Fatalf("want %s\nhave %s", sayHead(v.Hour, want, voices), have)
				}
				EachOf([]Head{h}, func(*Head) bool { return true }, func(r *mesh.Scanned) bool {
					for i, o := range r.Obs {
						want := tx.Observations[i]
						if r.ID != h.ID || len(r.Obs) != len(tx.Observations) || o.At != want.At || o.SNR4 != want.SNR4 || o.RSSI != want.RSSI || o.PathLen != want.PathLen {
							t.Fatalf("want %+v\nhave %+v", tx, r)
						}
						for hop := range slices.Chunk(want.Path, int(want.PathLen>>6)+1) {
							if !h.Mentions(string(hop)) {
								t.Fatalf("hop %x is not mentioned in %x", hop, h.value)
							}
						}
					}
					scanned++
					return true
				})
				if k > 0 && !before(v.Heads.At(k-1).First, v.Heads.At(k-1).ID, h.First, h.ID) {
					t.Fatal("heads are out of order")
				}
			}
			if v.Block == nil {
				continue
			}
			rows, over := fmt.Sprint(v.Hour), 0
			for row := range v.Block.Len() {
				if open := ids[v.Block.ID(row)]; open != v.Over(row) {
					t.Fatalf("row of %d: overridden %v, open %v", v.Block.ID(row), v.Over(row), open)
				}
				if v.Over(row) {
					over++
				} else {
					rows += fmt.Sprint(" ", v.Block.ID(row), v.Block.Copies(row))
				}
			}
			if over > 0 != v.Overridden() {
				t.Fatalf("%d rows are overridden: %v", over, v.Overridden())
			}
			if was, ok := states[v.Sealed]; ok && was != rows {
				t.Fatalf("two states of rows have the number %x", v.Sealed)
			}
			states[v.Sealed] = rows
		}
		if want := s.Counts().Transmissions; int64(n) != want {
			t.Fatalf("want %d transmissions, have %d", want, n)
		}
	}
	for now := t0; now < t0+6*mesh.HourMS; now += r.Int64N(60_000) {
		s.Place(anyCopy(r, now))
		if r.IntN(20) == 0 {
			hours := s.Hours()
			if _, err := s.Seal(hours[r.IntN(len(hours))]); err != nil {
				t.Fatal(err)
			}
		}
		if r.IntN(10) == 0 { // a late one
			s.Place(anyCopy(r, t0+r.Int64N(now-t0+1)))
		}
		if r.IntN(8) == 0 {
			check()
		}
	}
	check()
	if len(states) < 20 {
		t.Errorf("only %d states of sealed hours were seen", len(states))
	}
	if scanned < 1000 {
		t.Errorf("only %d records were shown", scanned)
	}
	if len(chunks) < 20 || again < 20 {
		t.Errorf("only %d chunks of heads were seen, and %d again", len(chunks), again)
	}
}

// Hashes with several episodes are listed with all of them.
func TestRepeatedHashesAreListed(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	s := loadOn(t, newMemFS())
	for now := t0; now < t0+6*mesh.HourMS; now += r.Int64N(60_000) {
		s.Place(anyCopy(r, now))
	}
	seal(t, s, s.Hours()[2])
	var hashes []meshcore.Hash
	want := map[meshcore.Hash][]uint64{}
	s.Scan(0, 1<<62, func(tx mesh.Transmission) bool {
		if want[tx.Hash] = append(want[tx.Hash], tx.ID); len(want[tx.Hash]) == 1 {
			hashes = append(hashes, tx.Hash)
		}
		return true
	})
	got, several := s.Repeated(hashes), 0
	for h, ids := range want {
		var have []uint64
		for _, at := range got[h] {
			have = append(have, at.ID)
		}
		slices.Sort(have)
		slices.Sort(ids)
		if len(ids) < 2 {
			ids = nil
		} else {
			several++
		}
		if !slices.Equal(have, ids) {
			t.Errorf("%v: want %v, have %v", h, ids, have)
		}
	}
	if several == 0 {
		t.Error("no hash has several episodes: the test shows nothing")
	}
}

// BenchmarkViews asks for what is held of 6,000 open records of three hours, each
// time after another copy has come in.
func BenchmarkViews(b *testing.B) {
	const held = 16 * 6000
	list := traffic(held + b.N)
	s := loadOn(b, newMemFS())
	for _, c := range list[:held] {
		s.Place(c)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for _, c := range list[held:] {
		s.Place(c)
		s.Views(func(uint32) bool { return true })
	}
}
