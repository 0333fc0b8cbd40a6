// Package broker is the embedded MQTT broker: observers publish to it over TCP
// or over WebSocket on the appliance's HTTP port, and it hands what they
// publish to the inbox directly. It is the only importer of mochi-mqtt.
//
// Publishers may write what feeds need and nothing else. What they write goes
// on to subscribers on the network, but nothing is retained: a message here is
// an event, and a retained status could be left behind by anybody for any key.
// A refused message is acknowledged all the same, so that its publisher stays,
// and the refusal is counted and shown.
package broker
