package index

import (
	"cmp"
	"maps"
	"slices"
	"testing"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// What was heard in regions is what has a copy from there.
func TestHeardWhereAgainstCopies(t *testing.T) {
	texts, adverts := 0, 0
	for seed := range uint64(10) {
		w, b := someWorld(t, seed)
		for _, numbers := range [][]uint16{{1}, {70}, {1, 70}, {2}, {}} {
			there := func(s *sent) bool {
				return slices.ContainsFunc(s.Obs, func(o mesh.ScannedObs) bool { return slices.Contains(numbers, o.Region) })
			}
			var all []*sent
			for _, hour := range w.now {
				all = append(all, hour...)
			}
			slices.SortFunc(all, func(a, b *sent) int { return cmp.Or(cmp.Compare(b.First, a.First), cmp.Compare(b.ID, a.ID)) })
			heard, messages := map[meshcore.PublicKey]bool{}, map[string][]uint64{}
			for _, s := range all {
				if !there(s) {
					continue
				}
				if key, ok := originOf(s.Type, s.Payload); ok && s.Verified {
					heard[key] = true
				}
				if s.text != nil {
					messages[s.text.Channel] = append(messages[s.text.Channel], s.ID)
				}
			}
			in := NewRegions(numbers)
			if got := b.lists.Nodes.HeardIn(in); !maps.Equal(got, heard) {
				t.Fatalf("seed %d, regions %v: nodes %v, want %v", seed, numbers, got, heard)
			}
			adverts += len(heard)
			for _, c := range b.lists.Channels.List(in) {
				if c.Locked {
					continue
				}
				want := messages[c.Name]
				texts += len(want)
				if c.Messages != int64(len(want)) || len(want) > 0 && (c.LastText.Tx != want[0] || c.Last != w.tx[want[0]-1].First) {
					t.Fatalf("seed %d, regions %v: %+v, want %v", seed, numbers, c, want)
				}
				for skip := range len(want) + 1 {
					list, total := b.lists.Channels.MessagesIn(c.Name, in, skip, 3)
					var got []uint64
					for _, m := range list {
						got = append(got, m.Tx)
					}
					if rest := want[skip:]; total != len(want) || !slices.Equal(got, rest[:min(3, len(rest))]) {
						t.Fatalf("seed %d, regions %v, after %d: %v of %d, want %v", seed, numbers, skip, got, total, want)
					}
				}
			}
		}
	}
	if texts == 0 || adverts == 0 {
		t.Errorf("%d texts, %d adverts", texts, adverts)
	}
}
