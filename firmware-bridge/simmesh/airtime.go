package simmesh

import (
	"math"

	"hilltop/firmware-bridge/simmesh/internal/wire"
)

// airtime[n] is the time on air of an n-byte frame in ms: SF7, 62.5 kHz,
// 4/5, 16 preamble symbols, explicit header, CRC.
var airtime = func() (t [wire.MaxFrame + 1]int64) {
	const sf, symbolMs = 7.0, 128 / 62.5
	for n := range t {
		symbols := 8 + math.Max(0, math.Ceil((8*float64(n)-4*sf+28+16)/(4*sf))*5)
		t[n] = int64(math.Round((16 + 4.25 + symbols) * symbolMs))
	}
	return t
}()
