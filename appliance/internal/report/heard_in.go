package report

import (
	"context"
	"math"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// HeardIn are the nodes an advert of which was received in one of the regions,
// in upper case, over all that is held.
func (n Nodes) HeardIn(ctx context.Context, regions []string) (map[meshcore.PublicKey]bool, error) {
	p := Packets{Store: n.Store}
	m := p.matcher(PacketSearch{Types: []meshcore.Type{meshcore.TypeAdvert}, Regions: regions})
	keys := map[meshcore.PublicKey]bool{}
	looked := 0
	scan(n.Store, math.MinInt64, math.MaxInt64, func(s *mesh.Scanned) bool {
		var key meshcore.PublicKey
		if m.match(s) && copy(key[:], s.Payload) == len(key) {
			keys[key] = true
		}
		looked++
		return looked%1024 != 0 || ctx.Err() == nil
	})
	return keys, ctx.Err()
}
