package meshcore

import (
	"math"
	"testing"
)

// What the firmware prints for its factors, and back.
func TestDutyCycle(t *testing.T) {
	for factor, want := range map[float64]float64{DefaultAirtimeFactor: 0.5, 0: 1, 9: 0.1, 99: 0.01, 3: 0.25} {
		if got := DutyCycle(factor); got != want {
			t.Errorf("factor %g: got %g, want %g", factor, got, want)
		}
		if got := AirtimeFactor(want); math.Abs(got-factor) > 1e-9 {
			t.Errorf("share %g: got %g, want %g", want, got, factor)
		}
	}
	if DutyCycle(-5) != 1 || AirtimeFactor(0) != AirtimeFactor(0.01) || AirtimeFactor(7) != 0 {
		t.Error("what is outside does not count as the nearest")
	}
}
