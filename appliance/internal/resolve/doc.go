// Package resolve tells who relayed a flood: it names the hops of its copies,
// which are one to three bytes of a relay's key, with a probability.
//
// # The seam
//
// A [Model] is what was learned of a mesh, a plain value without clock,
// goroutine or I/O: time comes in with what it is told.
//
//   - [Model.Node] with every valid advert, [Model.Observer] with every observer
//     and when what it says of itself changes, [Model.ZeroHop] with what was
//     heard without a relay (zero-hop adverts, answers to discoveries).
//   - [Model.Take] with every flood when its copies are in, roughly in order of
//     time: it is named, then audited, then learned from. What is due by then
//     (refreshing the shared rates, forgetting) is done first. Its [Naming] is
//     what was decided; that is kept, and never decided again but on purpose.
//   - [Work.Resolve] names without learning: a flood that is still growing, or
//     copies that came after it was taken. [Work.Explain] lists the candidates
//     of one hop with the evidence, for a page; the hot path computes none.
//   - [Model.Audit] is how right the names of the last day are, as the mesh
//     itself shows ([Figures.At] has the estimate); where [Model.LongShare] is below [Provisional], names are
//     provisional.
//   - [Model.Links] lists what is believed of links, certain and believed apart.
//   - [Model.AppendTo] and [Load] keep a model: a loaded one answers and learns
//     the same to the last bit.
//   - [Model.Relearn] is the second pass: stored floods are streamed to
//     [Relearn.Add], then, those of the last day, to [Relearn.Audit], and [Relearn.Done] gives a model to
//     name them with once more, by [Work.Resolve]. That model is a full one and
//     may take the place of the old one after it has taken, by Take, the floods
//     that the old one took meanwhile. A [Model.Clone] serves where the live
//     model must go on.
//
// A [Flood] is slices of plain values: the tree of paths as the store keeps it,
// and the reports that point into it. Whoever feeds many reuses one. Nodes are
// told apart by [Relay], a number that stays the same for ever, also in what
// was saved; [Model.Key] gives the key. The threshold between named and
// ambiguous is the caller's: every [Name] carries its probability.
//
// One goroutine may change a model; any number may resolve with it, each with a
// [Work] of its own, while nobody does.
//
// # The method
//
// The copies of a flood form a tree: the originator, below it a node for each
// repetition, below that the observers that heard it. The candidates of a node
// are the relays with its prefix that are known, by an advert or as a phantom
// (by a long hash that fits nobody known), and one relay that nobody knows.
// Each edge of the tree has the rate at which one candidate repeats another,
// learned from the traffic, with distance for what was not seen; each report
// the rate at which the observer reports the candidate, and how usual its SNR
// is. Belief propagation on the tree is exact (work.go). Where branches
// disagree two relays may share a node; and a relay repeats a packet once.
//
// What is learned confirms itself, so there are guards (learn.go, refresh.go):
// evidence is certain (long hashes that fit one node, zero-hop adverts) or soft;
// certain evidence bounds what soft evidence may claim, and so do the floods
// that a relay starts itself; soft evidence is forgotten when a new relay makes
// it doubtful, and after 1, 2, 4, 8 … hours; all evidence fades with a half-life
// of two days. Where long hashes are rare only what is nearly certain counts.
//
// Every flood with long hashes is also resolved as if it had 1-byte hops. The
// comparison calibrates the probabilities. Weighed by the probabilities of the
// names of all 1-byte hops it is the audit (figures.go).
package resolve
