package report

import (
	"context"

	"hilltop/appliance/internal/index"
	"hilltop/firmware-bridge/meshcore"
)

// SequencesGuessing is Sequences that begins with a guess and has workers count
// so many sequences at a time: the answer is the same.
func (p Packets) SequencesGuessing(ctx context.Context, routes *index.Routes, q SequenceQuery, groups []SequenceGroup, guess uint32, room int) (SequenceList, error) {
	return p.sequences(ctx, routes, q, groups, sequenceCounting{begin: guess, room: room})
}

// PathsThroughAdding is PathsThrough that adds so many hours one by one, the
// newest: the answer is the same.
func (p Packets) PathsThroughAdding(ctx context.Context, key meshcore.PublicKey, limit, recent int) (NodePaths, error) {
	return p.pathsThrough(ctx, key, limit, recent)
}
