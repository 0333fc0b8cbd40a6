// Package node reads and writes what a MeshCore node says on a wire. It is
// given an io.Reader or io.ReadWriter and opens nothing.
//
// # Messages
//
// [Console] and [Companion] make the messages that a feed would bring, of
// package observer: packets heard, texts, the node's own status. They ask the
// node who it is; the caller decides when.
//
//   - [Console] is the serial port of a repeater, room server or sensor: the
//     packet log and the command line.
//   - [Companion] is a companion radio over serial or TCP.
//
// # Frames and lines
//
// Below these lie the readers of single lines and frames, for whoever wants all
// that a node says: [LogReader], [CompanionReader] with [ParseCompanion],
// [KISSReader] for the KISS modem firmware, and [BridgeReader] for the RS232
// bridge between repeaters. Commands to a companion are payloads for
// [WriteCommand].
//
// SNRs are quarters of a decibel where they are a byte, as on the air. Times
// are unix seconds by the node's clock, which may be wrong.
package node
