// Package meshcore reads and writes what MeshCore nodes put on the air: frames,
// their payloads, keys, signatures, ciphers, region scopes, and the time on air
// that a frame costs. It is written from the rules of the firmware 1.17 and
// does no I/O.
//
// # Frames
//
// [Parse] takes a frame apart and refuses what a radio refuses, with a
// [*FrameError] that says why and at which byte. [Packet.AppendTo] is its
// inverse. The bytes between the path length and the payload mean three
// different things, and are three different types:
//
//   - of a flood, a [HeardPath]: the relays so far, the last one being the
//     transmitter that was heard;
//   - of a direct packet, a [RouteAhead]: the relays still to come, none of
//     which was heard;
//   - of a TRACE, [TraceSNRs]: a signal-to-noise ratio for each hop done.
//
// [Packet.Hash] names a packet: all copies of a flood have the same one.
//
// # Payloads
//
// A Parse function for each type reads the payload as any listener may:
// [ParseAdvert], [ParseEnvelope], [ParseGroup], [ParseTrace] and so on. What
// is encrypted needs a [KeyRing] (channels) or a [Secret] (direct messages).
//
// What servers are asked and answer has its own types: [Request] and [Login]
// with the functions that make and read them, [RepeaterStats], [Reading] for
// telemetry, [Neighbours] and others. An answer does not say what it answers.
//
// [Describe] does all of this at once and says which bytes mean what, for a
// command line or a page.
//
// All integers on the air are little-endian, but for those of telemetry. SNRs
// are quarters of a decibel. Returned slices alias the input unless a comment
// says otherwise.
package meshcore
