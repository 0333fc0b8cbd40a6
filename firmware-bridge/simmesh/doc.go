// Package simmesh simulates a MeshCore radio mesh and makes the MQTT messages
// that its observers would publish, with the truth behind every one of them:
// for demonstrations, tests and benchmarks.
//
// A world of nodes stands in 14 clusters of the American and Canadian
// north-west, joined by a radio graph with log-distance loss, shadowing and
// fading. Its people talk, advertise, log in, trace and ask; frames are
// signed, encrypted and hashed as the firmware does it, and floods grow their
// paths relay by relay. Observers hear copies and report them, late, twice, or
// damaged, in the JSON of meshcoretomqtt or of meshcore-packet-capture.
//
// What comes out depends on the [Config] alone: the same one gives the same
// bytes. (Floating-point results may differ between processor architectures,
// and the bytes with them.)
//
//   - [Generate] makes a corpus of a given size in a given span of time.
//   - [WriteCorpus] writes it as a recording, with its truth beside it.
//   - [Live] goes on for ever in the same mesh.
//   - [TruthOf] tells the nodes, links, channel keys and regions of a mesh.
//
// Packets of one flood compete for the air; packets of different floods do
// not. The ciphertext of messages between two nodes is random, as no shared
// secrets are made.
package simmesh
