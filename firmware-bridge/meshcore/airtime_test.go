package meshcore

import (
	"testing"
	"time"
)

func TestAirtimesOfTheProtocolDocument(t *testing.T) {
	lengths := [5]int{10, 22, 64, 134, 255}
	for modem, want := range map[string][5]float64{
		"8/62.5/8": {279.552, 377.856, 738.304, 1295.360, 2311.168},
		"7/62.5/5": {131.584, 162.304, 285.184, 489.984, 848.384},
		"10/250/5": {177.152, 218.112, 381.952, 668.672, 1180.672},
		"7/62.5/8": {156.160, 205.312, 401.920, 729.600, 1303.040},
		"11/250/5": {313.344, 395.264, 722.944, 1255.424, 2156.544},
		"9/62.5/6": {378.880, 526.336, 968.704, 1705.984, 3033.088},
		"12/125/5": {1253.376, 1744.896, 3055.616, 5349.376, 9281.536},
		"5/62.5/5": {36.480, 49.280, 92.800, 164.480, 287.360},
	} {
		p, err := ParsePreset(modem)
		if err != nil {
			t.Fatal(err)
		}
		for i, n := range lengths {
			if got := p.Airtime(n); got.Microseconds() != int64(want[i]*1000+0.5) {
				t.Errorf("%s, %d bytes: got %v, want %v ms", modem, n, got, want[i])
			}
		}
	}
	if got := DefaultPreset().EstimatedAirtime(10); got != 279*time.Millisecond {
		t.Errorf("got %v, want 279ms", got)
	}
	if got := (Preset{}).Airtime(10); got != 0 {
		t.Errorf("no preset: got %v, want 0", got)
	}
}

func TestLongerFramesTakeNoLessTime(t *testing.T) {
	for _, p := range Presets() {
		for n := 1; n <= MaxFrame; n++ {
			if p.Airtime(n) < p.Airtime(n-1) {
				t.Fatalf("%s: %d bytes take less than %d", p.Name, n, n-1)
			}
		}
	}
}

func TestScoresOfTheProtocolDocument(t *testing.T) {
	for _, c := range []struct {
		snr     float64
		sf, len int
		score   float32
		printed int
	}{
		{12.5, 8, 64, 1, 1000}, {-9, 8, 64, 0.075, 75}, {-10.25, 8, 20, 0, 0}, {0, 7, 134, 0.357421875, 357},
		{-3.75, 11, 200, 0.30078125, 300}, {2.5, 7, 22, 0.9140625, 914}, {10, 6, 20, 0, 0}, {10, 13, 20, 0, 0},
	} {
		if got := Score(c.snr, c.sf, c.len); got != c.score || PrintedScore(c.snr, c.sf, c.len) != c.printed {
			t.Errorf("%v dB, SF %d, %d bytes: got %v %d, want %v %d", c.snr, c.sf, c.len, got, PrintedScore(c.snr, c.sf, c.len), c.score, c.printed)
		}
	}
}

func TestPresetsByName(t *testing.T) {
	for s, want := range map[string]string{
		"EU/UK narrow": "EU/UK narrow", "eu-uk-narrow": "EU/UK narrow", "eu narrow": "EU/UK narrow", "usa/canada": "USA/Canada",
		"VICTORIA": "Victoria", "eu433": "EU 433", "10/250/5": "10/250/5",
	} {
		if p, err := ParsePreset(s); err != nil || p.Name != want || p.SF == 0 {
			t.Errorf("%q: got %+v (%v), want %s", s, p, err, want)
		}
	}
	for _, s := range []string{"", "moon", "8/62.5", "8/62.5/4", "13/62.5/5", "8/NaN/5", "8/0/5", "8/x/5"} {
		if p, err := ParsePreset(s); err == nil {
			t.Errorf("%q: got %+v, want an error", s, p)
		}
	}
}
