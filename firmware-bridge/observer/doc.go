// Package observer understands what MeshCore observers publish over MQTT:
// topic and payload become one typed [Message], whatever the publisher and its
// dialect. [Parse] is total, pure and safe for use in parallel.
//
// # Trust
//
// A message says what its publisher claims. The frame is checked and taken
// apart, its content hash computed; claims about the frame (length, hash,
// route) are compared and counted, never believed. Numbers are finite and
// within what radios can report, or absent. Texts are cleaned and cut.
//
// # Tolerance
//
// Numbers may be strings and strings numbers, in any case and with units;
// "Unknown", "", null and bare NaN are absence. Members are matched by their
// exact names first, then by the other spellings seen; the last of two equal
// names counts. What is wrong rather than missing makes the message malformed.
//
// # Time
//
// Every form of timestamp is read. One with a zone, or an epoch, is exact. A
// naive one is derived if it is UTC in effect or if the message's second clock
// tells the zone, learned if the observer's offset is known, and else not
// used. A time that lies too far from the arrival is not believed. See
// [ClaimedTime].
package observer
