package meshcore

import "fmt"

// DataTypeName says to which application a number of [GroupData] is allocated,
// by the project's list (number_allocations.md): "MeshCore Open" for 0x0100,
// "unassigned" for one that nobody has.
func DataTypeName(t uint16) string {
	for _, a := range [...]struct {
		first, last uint16
		name        string
	}{
		{0x0000, 0x00FF, "internal"},
		{0x0100, 0x0100, "MeshCore Open"},
		{0x0110, 0x011F, "Ripple"},
		{0x0120, 0x0120, "MCO Advanced"},
		{0x0130, 0x013F, "StreamSensor"},
		{0xFF00, 0xFFFE, "development"},
		{0xFFFF, 0xFFFF, "developer namespace"},
	} {
		if t >= a.first && t <= a.last {
			return a.name
		}
	}
	return "unassigned"
}

func dataTypeNote(t uint16) string { return fmt.Sprintf("0x%04X, %s", t, DataTypeName(t)) }
