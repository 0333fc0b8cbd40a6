package store

import "testing"

func TestHourFileNames(t *testing.T) {
	name := hourFileName(0x7a1b2, 3)
	if hour, generation, ok := hourOfFile(name); name != "0007a1b2.00000003" || hour != 0x7a1b2 || generation != 3 || !ok {
		t.Errorf("%s: %x %d %v", name, hour, generation, ok)
	}
	for _, name := range []string{"", "lock", "0007a1b2.00000003.tmp", "0007a1b2.00000003.damaged", "0007A1B2.00000003", "checkpoint-0000000000000001"} {
		if _, _, ok := hourOfFile(name); ok {
			t.Errorf("%q is taken for an hour's file", name)
		}
	}
}
