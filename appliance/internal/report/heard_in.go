package report

import (
	"context"
	"maps"
	"math"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// HeardIn are the nodes an advert of which was received in one of the regions,
// in upper case, over all that is held.
func (n Nodes) HeardIn(ctx context.Context, regions []string) (map[meshcore.PublicKey]bool, error) {
	m := Packets{Store: n.Store}.matcher(PacketSearch{Types: []meshcore.Type{meshcore.TypeAdvert}, Regions: regions})
	type keys = map[meshcore.PublicKey]bool
	found, err := scan(ctx, n.Store, span{math.MinInt64, math.MaxInt64}, func() keys { return keys{} }, func(out keys, pick store.HourPick) {
		note := func(payload []byte) {
			var key meshcore.PublicKey
			if copy(key[:], payload) == len(key) {
				out[key] = true
			}
		}
		if block, over := pick.Block(); block != nil {
			maybe := m.rows(block)
			for row := range block.Len() {
				if !over(row) && maybe(row) {
					note(block.Payload(row))
				}
			}
		}
		pick.Open(func(s *mesh.Scanned) bool {
			if m.match(s) {
				note(s.Payload)
			}
			return true
		})
	})
	all := keys{}
	for _, f := range found {
		maps.Copy(all, f)
	}
	return all, err
}
