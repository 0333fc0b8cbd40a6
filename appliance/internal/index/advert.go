package index

import (
	"strings"
	"unicode"

	"hilltop/firmware-bridge/meshcore"
)

// The reasons why an advert makes no node.
const (
	RejectShort     = "too_short" // or its app data is
	RejectKey       = "key"
	RejectSignature = "signature"
	RejectRole      = "role"
	RejectPosition  = "position"
	RejectName      = "name"
)

// CheckAdvert reads the payload of an ADVERT and tells why it makes no node:
// "" if it does. The signature is the dearest test and comes last.
func CheckAdvert(payload []byte) (a meshcore.Advert, reason string) {
	a, err := meshcore.ParseAdvert(payload)
	switch {
	case err != nil:
		return a, RejectShort
	case a.Key == meshcore.PublicKey{}:
		return a, RejectKey
	case !a.AppDataValid:
		return a, RejectShort
	case a.Role > meshcore.RoleSensor:
		return a, RejectRole
	case a.HasPosition && !onEarth(a.LatE6, a.LonE6):
		return a, RejectPosition
	case strings.ContainsFunc(a.Name, unicode.IsControl):
		return a, RejectName
	case !a.Verify():
		return a, RejectSignature
	}
	return a, ""
}

func onEarth(latE6, lonE6 int32) bool {
	return latE6 >= -90e6 && latE6 <= 90e6 && lonE6 >= -180e6 && lonE6 <= 180e6
}
