package meshcore

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Preset is a set of LoRa parameters that a community has agreed on.
type Preset struct {
	Name    string
	FreqMHz float64
	SF      int     // spreading factor, 5 to 12
	BWkHz   float64 // bandwidth
	CR      int     // coding rate 4/CR, 5 to 8; a transmitter's own choice
}

// DefaultPreset is EU/UK narrow, the firmware's build default.
func DefaultPreset() Preset { return Presets()[0] }

// Presets lists the community presets.
func Presets() []Preset {
	return []Preset{
		{"EU/UK narrow", 869.618, 8, 62.5, 8},
		{"EU/UK long range", 869.525, 11, 250, 5},
		{"EU/UK medium", 869.525, 10, 250, 5},
		{"Czech Republic", 869.525, 7, 62.5, 5},
		{"EU 433", 433.650, 11, 250, 5},
		{"Portugal 868", 869.618, 7, 62.5, 6},
		{"Portugal 433", 433.375, 9, 62.5, 6},
		{"Switzerland", 869.618, 8, 62.5, 8},
		{"USA/Canada", 910.525, 7, 62.5, 5},
		{"USA/Canada alternate", 910.525, 11, 250, 5},
		{"Australia", 915.800, 10, 250, 5},
		{"Victoria", 916.575, 7, 62.5, 8},
		{"New Zealand", 917.375, 11, 250, 5},
		{"New Zealand narrow", 917.375, 7, 62.5, 5},
		{"Vietnam", 920.250, 11, 250, 5},
	}
}

// ParsePreset finds a preset by its name, of which only letters and digits
// count ("eu-uk-narrow"; "eu narrow" will do), or reads SF/BW/CR, such as
// "8/62.5/8".
func ParsePreset(s string) (Preset, error) {
	if strings.Count(s, "/") == 2 {
		if p, err := parseModem(s); err == nil {
			return p, nil
		}
	}
	for _, p := range Presets() {
		if k := presetKey(p.Name); presetKey(s) == k || presetKey(s) == strings.Replace(k, "euuk", "eu", 1) {
			return p, nil
		}
	}
	return Preset{}, fmt.Errorf("preset %q: neither a known name nor SF/BW/CR", s)
}

func presetKey(s string) string {
	keep := func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}
	return strings.Map(keep, s)
}

func parseModem(s string) (Preset, error) {
	part := strings.Split(s, "/")
	sf, err1 := strconv.Atoi(part[0])
	bw, err2 := strconv.ParseFloat(part[1], 64)
	cr, err3 := strconv.Atoi(part[2])
	switch {
	case err1 != nil || err2 != nil || err3 != nil:
		return Preset{}, fmt.Errorf("preset %q: want SF/BW/CR", s)
	case sf < 5 || sf > 12 || cr < 5 || cr > 8 || !(bw >= 7 && bw <= 1000):
		return Preset{}, fmt.Errorf("preset %q: SF is 5 to 12, BW 7 to 1000 kHz, CR 5 to 8", s)
	}
	return Preset{Name: s, SF: sf, BWkHz: bw, CR: cr}, nil
}
