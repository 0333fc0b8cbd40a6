package simmesh

import (
	"math"
	"strconv"
)

// statusEvery is the time between an observer's status messages, ms.
const statusEvery = 300_000

// appendStatus writes the payload of a status message.
func (r *record) appendStatus(b []byte) []byte {
	o := r.o
	if r.kind == recordOnline {
		b = append(b, `{"status": "online"`...)
	} else {
		b = append(b, `{"status": "offline"`...)
	}
	b = r.appendStamp(b, r.at)
	b = append(b, ", "...)
	b = r.appendHead(b)
	b = append(b, `, "radio": "910.525,62.5,7,5", "model": `...)
	b = appendString(b, o.model)
	b = append(b, `, "firmware_version": `...)
	b = appendString(b, o.firmware)
	if o.client == clientMCtoMQTT {
		b = append(b, `, "client_version": "meshcoretomqtt/`...)
	} else {
		b = append(b, `, "client_version": "meshcore-packet-capture/`...)
	}
	b = append(append(b, o.version...), '"')
	if r.kind == recordOnline {
		up := max(0, r.at-o.bootMs) / 1000
		day := 2 * math.Pi * float64(r.at%86400000) / 86400000
		b = append(b, `, "stats": {"battery_mv": `...)
		b = strconv.AppendInt(b, int64(3950+180*math.Sin(day)+float64(r.entry%23)), 10)
		b = append(b, `, "uptime_secs": `...)
		b = strconv.AppendInt(b, up, 10)
		b = append(b, `, "debug_flags": 0, "queue_len": 0, "noise_floor": `...)
		b = strconv.AppendInt(b, int64(o.n.noiseDBm)+int64(r.entry%5), 10)
		b = append(b, `, "tx_air_secs": `...)
		b = strconv.AppendInt(b, up/41, 10)
		b = append(b, `, "rx_air_secs": `...)
		b = strconv.AppendInt(b, up/9, 10)
		b = append(b, `, "recv_errors": `...)
		b = strconv.AppendInt(b, up/600, 10)
		b = append(b, '}')
	}
	return append(b, '}')
}
