package mesh

import "hilltop/firmware-bridge/meshcore"

// HopWidth is the number of bytes of a copy's hops, 1 to 3, by its header and path
// length byte; 0 where these do not tell: of a trace, and of a direct packet
// without route.
func HopWidth(header, pathLen byte) int {
	width := int(pathLen>>6) + 1
	switch {
	case meshcore.Type(header>>2&15) == meshcore.TypeTrace, width > 3,
		!meshcore.Route(header&3).IsFlood() && pathLen&63 == 0:
		return 0
	}
	return width
}

// Travelled tells whether the path of a copy is relays that it passed.
func Travelled(header, pathLen byte) bool {
	return meshcore.Route(header&3).IsFlood() && meshcore.Type(header>>2&15) != meshcore.TypeTrace && pathLen>>6 < 3
}

// NoHops is the number of hops of a copy that passed no relays that its path
// would tell: direct packets and traces.
const NoHops = -1

// Hops is how many relays a copy passed whose path has so many bytes; NoHops
// where its path does not tell.
func Hops(header, pathLen byte, pathBytes int) int {
	if !Travelled(header, pathLen) {
		return NoHops
	}
	return pathBytes / (int(pathLen>>6) + 1)
}
