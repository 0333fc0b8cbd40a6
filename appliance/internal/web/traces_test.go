package web

import (
	"testing"

	"hilltop/firmware-bridge/meshcore"
)

// The stages of a trace are packets of their own: the list and each one's page
// have them together, with the SNRs of the furthest, and nodes' names where one
// key alone fits.
func TestTracesByTag(t *testing.T) {
	m := newMesher(t)
	m.want("/traces", 200, "No trace was received yet")
	o := m.observer("Rooftop", "SEA")
	stage := func(tag uint32, route []byte, snrs ...byte) string {
		frame := frameOf(meshcore.TypeTrace, meshcore.Direct, meshcore.Trace{Tag: tag, Route: route}.AppendTo(nil), snrs...)
		m.hear(frame, o, float64(30-len(snrs)))
		return hashOf(t, frame)
	}
	route := []byte{0x5C, 0xA3, 0x5C}
	begun, half := stage(0xAB12, route), stage(0xAB12, route, 21, 0xE0)
	ping := stage(0xCD34, []byte{0x77})
	m.hear(frameOf(meshcore.TypeTrace, meshcore.Direct, []byte{1, 2, 3}), o, 2)
	m.want("/traces", 200, "2 of 2 traces · 4 packets of traces", "0000AB12", "+5.25 dB", "−8.00 dB", "2 of 3", "/packets/"+begun, "/packets/"+half, "0000CD34", "/packets/"+ping,
		"1 packet is too short to be of a trace")
	m.want("/traces?region=SEA", 200, "All 4 packets of traces that match", "/export/packets.csv?region=SEA&amp;type=9")
	m.want("/traces?q=0000ab", 200, "1 of 1 trace that matches shown", "0000AB12", "", "0000CD34", "/export/")
	m.want("/traces?kind=ping", 200, "1 of 1 trace that matches shown", "0000CD34", "", "0000AB12", "/export/")
	m.want("/traces?kind=trace&region=PDX", 200, "No trace matches", "PDX")
	m.want("/traces?q=FFFF", 200, "No trace matches", "All traces")
	m.want("/traces?n=1", 200, "Older traces", "0000CD34", "", "0000AB12")
	m.want("/traces?type=9", 200, "does not apply to this page")
	m.want("/packets?type=9", 200, `href="/traces"`)
	m.want("/packets/"+half, 200, "Its stages", "/packets/"+begun, `aria-current="true"`, "All traces with this tag")
	for _, wrong := range []string{"q=xyz", "q=123456789", "kind=long", "n=0", "after=1"} {
		m.want("/traces?"+wrong, 400, "makes no sense")
	}
}
