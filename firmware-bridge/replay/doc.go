// Package replay reads recordings of MQTT messages, and plays them at their
// own pace, at a multiple of it, or as fast as it goes.
//
// A recording has one JSON object a line, in one of two forms:
//
//	{"t": 1767245318331, "topic": "meshcore/SEA/<KEY>/packets", "payload": {...}}
//	{"tst":"2026-11-24T15:27:12.679057Z+0000","topic":"...","qos":0,"retain":0,"payloadlen":25,"payload":{...}}
//
// The first has the arrival in Unix milliseconds, and payload_text, a string,
// where the MQTT payload is no JSON. The second is what mosquitto_sub prints
// with -F %J or -F %j. Files may be compressed with gzip (also in several
// members) or zstd, which shows in their first bytes.
//
// A line that cannot be read is counted and skipped. A file that breaks off
// yields what precedes the break.
package replay
