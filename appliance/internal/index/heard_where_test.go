package index

import (
	"cmp"
	"maps"
	"slices"
	"testing"

	"hilltop/appliance/internal/figure"
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
			for _, c := range b.lists.Channels.List(&Received{In: in}) {
				if c.Locked {
					continue
				}
				for _, bounds := range boundsAround(w, messages[c.Name]) {
					bounds.In = in
					within(t, w, b, c.Name, messages[c.Name], bounds)
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

// boundsAround are bounds of time and of transmissions that part a list.
func boundsAround(w *world, list []uint64) []Received {
	if len(list) < 3 {
		return []Received{{}}
	}
	late, early := w.tx[list[1]-1].First, w.tx[list[len(list)-2]-1].First
	return []Received{{}, {From: early}, {To: late}, {From: early, To: late}, {From: late + 1}, {Only: figure.NewIDSet([]uint64{list[2], list[0]}), From: early}, {Only: figure.NewIDSet(nil)}}
}

// within checks what is summed up, found and wanted of a channel in some bounds:
// list is what was heard in their regions.
func within(t *testing.T, w *world, b built, name string, list []uint64, in Received) {
	t.Helper()
	var want []uint64
	for _, id := range list {
		if at := w.tx[id-1].First; (in.From == 0 || at >= in.From) && (in.To == 0 || at < in.To) && (in.Only == nil || in.Only.Has(id)) {
			want = append(want, id)
		}
		q := TextQuery{Channel: name, Received: in}
		if got := b.lists.Channels.Wants(q, id); got != slices.Contains(want, id) {
			t.Fatalf("%s, %+v: wants %d: %v", name, in, id, got)
		}
	}
	found := b.lists.Channels.Find(TextQuery{Channel: name, Received: in, Limit: 1000})
	var got []uint64
	for _, m := range found.Rows {
		got = append(got, m.Tx)
	}
	if !slices.Equal(got, want) || found.Total != len(want) {
		t.Fatalf("%s, %+v: found %v, want %v", name, in, got, want)
	}
	for _, c := range b.lists.Channels.List(&in) {
		if c.Name == name && c.Messages != int64(len(want)) {
			t.Fatalf("%s, %+v: %d messages, want %d", name, in, c.Messages, len(want))
		}
	}
}
