package store

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// sayScanned is a transmission as a scan shows it, in words, with its paths
// told from its tree.
func sayScanned(tx *mesh.Scanned) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %v %v %v %d %q", tx.ID, tx.Hash, tx.Type, tx.Verified, tx.First, tx.Payload)
	for _, o := range tx.Obs {
		fmt.Fprintf(&b, "\n %d %d %d %d %d %d %d %x %x %x", o.At, o.Arrived, o.Observer, o.Region, o.SNR4, o.RSSI, o.Flags, o.Header, o.PathLen, scannedPath(tx, o))
	}
	return b.String()
}

func scannedPath(tx *mesh.Scanned, o mesh.ScannedObs) (path []byte) {
	if !o.HasTree() {
		return o.OwnPath
	}
	for n := int(o.Leaf); n > 0; n = tx.Tree.Parent(n) {
		path = append(slices.Clone(tx.Tree.HopBytes[(n-1)*tx.Tree.Width:n*tx.Tree.Width]), path...)
	}
	return path
}

// sayTransmission is the same of a transmission as readers get it.
func sayTransmission(tx mesh.Transmission, verified bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %v %v %v %d %q", tx.ID, tx.Hash, tx.Type, verified, tx.First(), tx.Payload)
	for _, o := range tx.Observations {
		fmt.Fprintf(&b, "\n %d %d %d %d %d %d %d %x %x %x", o.At, o.Arrived, o.Observer, o.Region, o.SNR4, o.RSSI, o.Flags, o.Header, o.PathLen, o.Path)
	}
	return b.String()
}

// scanned is everything that the picks of all hours show, by ID.
func scanned(s *Store) map[uint64]string {
	all := map[uint64]string{}
	for _, hour := range s.Hours() {
		s.PickHour(hour).Each(func(tx *mesh.Scanned) bool {
			all[tx.ID] = sayScanned(tx)
			return true
		})
	}
	return all
}

// Picks show what readers get.
func TestPicksShowWhatIsHeld(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	s := loadOn(t, newMemFS())
	verified := map[uint64]bool{}
	for now := t0; now < t0+8*mesh.HourMS; now += r.Int64N(30_000) {
		c := anyCopy(r, now)
		c.Verified = c.Hash[0]&1 == 0
		if p := s.Place(c); p.New {
			verified[p.ID] = c.Verified
		}
	}
	hours := s.Hours()
	if len(hours) < 8 || !slices.IsSortedFunc(hours, func(a, b uint32) int { return cmp.Compare(b, a) }) {
		t.Errorf("hours %v", hours)
	}
	got := scanned(s)
	n := 0
	s.Scan(0, 1<<62, func(tx mesh.Transmission) bool {
		n++
		if want := sayTransmission(tx, verified[tx.ID]); got[tx.ID] != want {
			t.Errorf("want %s\nhave %s", want, got[tx.ID])
		}
		return !t.Failed()
	})
	if n != len(got) {
		t.Errorf("readers get %d, picks show %d", n, len(got))
	}
}

// A pick of an hour that is being written has the changes up to its number, and
// none after.
func TestPickIsOfOneMoment(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	s := loadOn(t, newMemFS())
	var mu sync.Mutex
	states := map[uint64]map[uint64]int{} // by Seq: how many observations each episode had
	now := map[uint64]int{}
	place := func() {
		c := anyCopy(r, t0+r.Int64N(mesh.HourMS))
		c.Hash[7] = byte(r.IntN(200)) // many episodes
		c.Hash[6] = byte(r.IntN(9))
		c.Payload = c.Hash[:]
		mu.Lock()
		defer mu.Unlock()
		if p := s.Place(c); !p.Duplicate {
			now[p.ID]++
		}
	}
	for range 1500 {
		place()
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 20_000 {
			select {
			case <-stop:
				return
			default:
				place()
				mu.Lock()
				s.w.Lock()
				seq := s.seq
				s.w.Unlock()
				if len(states) < 50 || seq%499 == 0 {
					state := map[uint64]int{}
					for id, n := range now {
						state[id] = n
					}
					states[seq] = state
				}
				mu.Unlock()
			}
		}
	})
	checked := 0
	for range 60 {
		mu.Lock()
		was := map[uint64]int{}
		for id, n := range now {
			was[id] = n
		}
		s.w.Lock()
		seq := s.seq
		s.w.Unlock()
		mu.Unlock()
		seen, pickSeq := map[uint64]int{}, uint64(0)
		for _, hour := range []uint32{mesh.HourOf(t0) - 1, mesh.HourOf(t0)} {
			p := s.PickHour(hour)
			pickSeq = p.Seq()
			p.Each(func(tx *mesh.Scanned) bool { seen[tx.ID] += len(tx.Obs); return true })
		}
		for id, n := range was {
			if seen[id] < n {
				t.Fatalf("episode %d had %d observations at %d, the pick of %d has %d", id, n, seq, pickSeq, seen[id])
			}
		}
		mu.Lock()
		if state, ok := states[pickSeq]; ok {
			checked++
			for id, n := range seen {
				if n > state[id] {
					t.Errorf("episode %d: pick of %d has %d observations, had %d then", id, pickSeq, n, state[id])
				}
			}
		}
		mu.Unlock()
	}
	close(stop)
	wg.Wait()
	t.Logf("%d picks checked against the state of their moment", checked)
}

// What a placement says of the tree, where the episode stands and its number
// agrees with what is stored.
func TestPlacementTellsWhatIsNew(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 1))
	s := loadOn(t, newMemFS())
	seq := uint64(0)
	nodes, first, hour := map[uint64]int{}, map[uint64]int64{}, map[uint64]uint32{}
	for now := t0; now < t0+6*mesh.HourMS; now += r.Int64N(20_000) {
		c := anyCopy(r, now)
		p := s.Place(c)
		if p.Seq != seq && p.Seq != seq+1 || !p.Duplicate && p.Seq != seq+1 {
			t.Fatalf("number %d after %d: %+v", p.Seq, seq, p)
		}
		seq = p.Seq
		if p.New {
			first[p.ID], hour[p.ID] = p.First, p.Hour
		}
		if p.Was != first[p.ID] || p.Hour != hour[p.ID] {
			t.Fatalf("stood at %d in hour %d: %+v", first[p.ID], hour[p.ID], p)
		}
		first[p.ID] = p.First
		if p.Duplicate {
			continue
		}
		if p.Fresh != nodes[p.ID]+1 {
			t.Fatalf("%d nodes were known: %+v", nodes[p.ID], p)
		}
		nodes[p.ID] = p.Tree.Len()
		tx := mesh.Scanned{Tree: p.Tree}
		if path := scannedPath(&tx, mesh.ScannedObs{Leaf: p.Leaf, OwnPath: c.Obs.Path}); string(path) != string(c.Obs.Path) {
			t.Fatalf("path %x: %+v", c.Obs.Path, p)
		}
	}
}

// A placement says where in the tree the copy is.
func TestPlacementNamesTheLeaf(t *testing.T) {
	s := loadOn(t, newMemFS())
	for _, f := range []struct {
		path  []byte
		fresh int
		leaf  int32
	}{{[]byte{1, 2}, 1, 2}, {[]byte{1}, 3, 1}, {[]byte{1, 2, 3}, 3, 3}, {nil, 4, 0}} {
		p := s.Place(Copy{Hash: meshcore.Hash{1}, Type: meshcore.TypeTxtMsg, Payload: []byte("payload"), Obs: mesh.Observation{
			At: 4_000_000, Arrived: 4_000_000, Observer: uint32(len(f.path)), Header: byte(meshcore.TypeTxtMsg)<<2 | byte(meshcore.Flood),
			PathLen: byte(len(f.path)), Path: f.path}})
		if p.Fresh != f.fresh || p.Leaf != f.leaf {
			t.Errorf("path %v: fresh %d, leaf %d; want %d, %d", f.path, p.Fresh, p.Leaf, f.fresh, f.leaf)
		}
	}
}
