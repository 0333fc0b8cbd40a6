package record

// firsts remembers where the transmissions of late stand. It keeps two
// generations.
type firsts struct{ now, old map[uint64]int64 }

const firstsKept = 4096 // a generation

// swap gives where a transmission stood as far as that is remembered, and
// remembers where it stands now.
func (f *firsts) swap(tx uint64, first int64) (was int64, known bool) {
	if was, known = f.now[tx]; !known {
		was, known = f.old[tx]
	}
	if f.now == nil || len(f.now) >= firstsKept {
		f.old, f.now = f.now, make(map[uint64]int64, firstsKept)
	}
	f.now[tx] = first
	return was, known
}
