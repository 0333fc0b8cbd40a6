// Package mqtt connects to the MQTT brokers of others: a [Source] subscribes to
// one and hands on what observers published there, a [Publisher] publishes as
// an observer's client does, and [Check] says in words why a broker cannot be
// reached. It is the only importer of paho.
package mqtt
