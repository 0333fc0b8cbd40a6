package report

import (
	"context"

	"hilltop/appliance/internal/index"
)

// SequencesGuessing is Sequences that begins with a guess and has workers count
// so many sequences at a time: the answer is the same.
func (p Packets) SequencesGuessing(ctx context.Context, routes *index.Routes, q SequenceQuery, groups []SequenceGroup, guess uint32, room int) (SequenceList, error) {
	return p.sequences(ctx, routes, q, groups, sequenceCounting{begin: guess, room: room})
}
