package meshcore

import "time"

// Airtime is how long the radio sends a frame of this many bytes, by the
// integer arithmetic of RadioLib's calculateTimeOnAir: explicit header, CRC
// on, low data rate optimisation from 16 ms a symbol, preamble as the firmware
// since 1.14 sets it. It is 0 for a preset without spreading factor or
// bandwidth.
func (p Preset) Airtime(frameLen int) time.Duration {
	if p.SF < 5 || p.SF > 12 || p.BWkHz <= 0 {
		return 0
	}
	symbol := p.symbolMicros()
	c1x4, c2 := 17, 8
	if p.SF < 7 {
		c1x4, c2 = 25, 0
	}
	perBlock := 4 * p.SF
	if float64(int(1)<<p.SF)/p.BWkHz >= 16 {
		perBlock = 4 * (p.SF - 2)
	}
	bits := max(0, 8*frameLen+16-4*p.SF+c2+20)
	symbols := (bits + perBlock - 1) / perBlock * p.CR
	quarters := (p.Preamble()+8)*4 + c1x4 + 4*symbols
	return time.Duration(symbol*int64(quarters)/4) * time.Microsecond
}

// symbolMicros is the time of a symbol in microseconds, rounded down. RadioLib
// divides 32-bit floats.
func (p Preset) symbolMicros() int64 {
	return int64(float32(int(10000)<<p.SF) / float32(p.BWkHz*10))
}

// Preamble is the number of preamble symbols: 32 up to SF 8, else 16.
// Firmware before 1.14 sent 16 always.
func (p Preset) Preamble() int {
	if p.SF <= 8 {
		return 32
	}
	return 16
}

// EstimatedAirtime is the whole milliseconds that the firmware reckons with.
func (p Preset) EstimatedAirtime(frameLen int) time.Duration {
	return p.Airtime(frameLen).Truncate(time.Millisecond)
}

// Score is how well a frame was received, 0 to 1, as the firmware rates it to
// delay weak copies: the SNR in dB over the least that the spreading factor
// needs, less for longer frames (RadioLibWrappers.cpp, packetScoreInt). It is
// computed in 32-bit floats, as there. Below SF 7 and above 12 it is 0.
func Score(snr float64, sf, frameLen int) float32 {
	if sf < 7 || sf > 12 {
		return 0
	}
	threshold := -7.5 - 2.5*float32(sf-7)
	if float32(snr) < threshold {
		return 0
	}
	rate := (float32(snr) - threshold) / 10
	return min(max(rate*(1-float32(frameLen)/256), 0), 1)
}

// PrintedScore is [Score] as packet logs print it: thousandths, rounded down.
func PrintedScore(snr float64, sf, frameLen int) int {
	return int(Score(snr, sf, frameLen) * 1000)
}
