package store

import (
	"bytes"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// sameMS is how far the times of one observation may differ when different
// feeds report it.
const sameMS = 3000

// maxRecord bounds what one record may grow to, in bytes, however often a
// packet is claimed to have been heard: adding a copy reads the whole record.
const maxRecord = 128 << 10

// Copy is one report of one copy of a packet, as it comes in.
type Copy struct {
	Hash    meshcore.Hash
	Type    meshcore.Type
	Payload []byte
	// Verified marks an advert whose signature and fields are good.
	Verified bool
	Obs      mesh.Observation
	// Feed is the number (Store.FeedNum) of the source, client and dialect that
	// reported it. Two messages of one feed with different times are two
	// observations; those of different feeds may be one.
	Feed uint32
}

// Placement says what became of a Copy.
type Placement struct {
	ID        uint64 // of the episode
	Hash      meshcore.Hash
	New       bool   // it began an episode
	Duplicate bool   // it was an observation already known
	Improved  bool   // and that observation knows more now
	Measured  bool   // and what it knows more of is SNR or RSSI
	Ordinal   int    // of the observation in the episode
	First     int64  // where the episode's first copy stands now, Unix ms
	Was       int64  // where it stood before; First if it is new
	Hour      uint32 // that the episode is kept in, since 1970
	// Hidden says that the hour has a file that is not loaded: what came in waits
	// for that, and no reader sees it before.
	Hidden bool
	// Seq numbers what changed: one more than that of the change before.
	Seq uint64

	// Of what is no duplicate: the tree of the episode's paths, which stands
	// until the next Place, its first node that came with this copy, Len()+1 if
	// none did, and the node that is the copy's path, -1 if it is not in the tree.
	Tree  mesh.Tree
	Fresh int
	Leaf  int32
}

// Place takes a copy in: it is a duplicate of a known observation, or another
// observation of an episode, or begins an episode.
func (s *Store) Place(c Copy) Placement {
	s.w.Lock()
	defer s.w.Unlock()
	p := s.place(c)
	s.cutIfLong()
	return p
}

func (s *Store) place(c Copy) Placement {
	if !meshcore.Route(c.Obs.Header & 3).HasTransport() {
		c.Obs.Transport = [2]uint16{}
	}
	found := s.search(&c)
	var p Placement
	switch {
	case found.duplicate:
		p = s.merge(&c, found)
	case found.at != 0:
		p = s.join(&c, found.at)
	default:
		p = s.begin(&c)
	}
	p.Hash, p.Seq = c.Hash, s.seq
	return p
}

// finding is where a copy belongs.
type finding struct {
	at        ref // the episode; 0 none
	ordinal   int // the observation, if duplicate
	duplicate bool
	apart     int64 // ms between the two reports, or the copy and the episode
}

// search looks at every episode of the copy's hash. The writer's lock is held,
// so the directory stands still.
func (s *Store) search(c *Copy) finding {
	var join, near finding
	s.refs = s.dir.hashes.find(c.Hash, s.refs[:0])
	for _, at := range s.refs {
		size := s.unpack(at)
		r := &s.scratch
		if size == 0 || r.kind != c.Type || !bytes.Equal(r.payload, c.Payload) {
			continue
		}
		ordinal, apart, exact := r.find(c)
		if exact {
			return finding{at: at, ordinal: ordinal, duplicate: true}
		}
		if ordinal >= 0 && s.nearer(at, apart, near) {
			near = finding{at: at, ordinal: ordinal, duplicate: true, apart: apart}
		}
		apart, fits := r.distance(c.Obs.At)
		if fits && size < maxRecord && s.nearer(at, apart, join) {
			join = finding{at: at, apart: apart}
		}
	}
	if near.at != 0 {
		return near
	}
	return join
}

// nearer tells whether an episode is the better find. Of two that are as near
// it is the older one, whatever the order in which they are looked at.
func (s *Store) nearer(at ref, apart int64, than finding) bool {
	if than.at == 0 || apart != than.apart {
		return than.at == 0 || apart < than.apart
	}
	return s.dir.at(at).id < s.dir.at(than.at).id
}

// unpack decodes an episode into scratch and gives its packed size; 0 if there
// is none.
func (s *Store) unpack(at ref) int {
	if s.scratchRef == at {
		return s.scratchSize
	}
	s.scratchRef = 0
	e := s.dir.at(at)
	var value string
	if e.block != nil {
		value = packRow(e.block.Row(e.row))
	} else {
		value, _ = s.value(e.key())
	}
	if s.scratch.decode(value) != nil {
		return 0
	}
	s.scratchRef, s.scratchSize, s.scratchValue = at, len(value), value
	return len(value)
}

// find looks for the observation that a copy reports once more: exact if a
// message of the same claimed time was there, else the nearest within 3 s by
// another feed. The ordinal is -1 if there is none.
func (r *record) find(c *Copy) (ordinal int, apart int64, exact bool) {
	ordinal = -1
	for i := range r.entries {
		e := &r.entries[i]
		if e.obs.Observer != c.Obs.Observer || !r.sameFrame(e, &c.Obs) {
			continue
		}
		d, same := e.compare(c)
		if same && d == 0 && e.claims(c) {
			return i, 0, true
		}
		if same && (ordinal < 0 || d < apart) {
			ordinal, apart = i, d
		}
	}
	return ordinal, apart, false
}

// sameFrame tells whether two copies of one payload are the same bytes.
func (r *record) sameFrame(e *entry, o *mesh.Observation) bool {
	if e.obs.Header != o.Header || e.obs.Transport != o.Transport || e.obs.PathLen != o.PathLen {
		return false
	}
	if e.kind == kindOwn {
		return bytes.Equal(e.obs.Path, o.Path)
	}
	return r.tree.pathIs(e.leaf, o.Path)
}

// claims tells whether a message with the copy's claimed time made the entry.
func (e *entry) claims(c *Copy) bool {
	if c.Obs.Flags&mesh.FlagClaimed == 0 {
		return false
	}
	if e.obs.Flags&mesh.FlagClaimed != 0 && e.obs.Claimed == c.Obs.Claimed {
		return true
	}
	for _, m := range e.merged {
		if m.ok && m.claimed == c.Obs.Claimed {
			return true
		}
	}
	return false
}

// compare tells whether an entry of the same observer and frame is the same
// observation as a copy, and how far apart in ms the two reports are.
func (e *entry) compare(c *Copy) (apart int64, same bool) {
	if e.claims(c) {
		return 0, true
	}
	if e.feed == c.Feed {
		return 0, false
	}
	for _, m := range e.merged {
		if m.feed == c.Feed {
			return 0, false
		}
	}
	if e.obs.Flags&c.Obs.Flags&mesh.FlagClaimed != 0 {
		apart = distance(e.obs.Claimed, c.Obs.Claimed)
	} else {
		apart = distance(e.obs.Arrived, c.Obs.Arrived)
	}
	return apart, apart <= sameMS
}

func distance(a, b int64) int64 { return max(a, b) - min(a, b) }

// distance is how far a time is from the episode, in ms, and whether a copy
// there leaves no more than ten minutes between the first and the last.
func (r *record) distance(at int64) (apart int64, fits bool) {
	first, last := r.span()
	switch {
	case at < first:
		return first - at, last-at <= episodeMS
	case at > last:
		return at - last, at-first <= episodeMS
	}
	return 0, true
}

func (s *Store) begin(c *Copy) Placement {
	e := entry{obs: c.Obs, feed: c.Feed}
	b := beginning{s.nextID, c.Hash, c.Type, c.Verified, c.Payload}
	hour, waits := s.hourFor(c.Obs.At)
	s.addNew(b, &e, hour)
	placed := e // to put it into a frame makes it stand for itself
	if waits {
		s.waits(recordKey(hour, b.id), string(s.buf))
	} else {
		s.pending.begin(b, &e)
	}
	s.sealing.note(episode{id: b.id, hour: hour})
	s.dir.touch(hour, c.Obs.Arrived)
	s.seq++
	p := Placement{ID: b.id, New: true, First: c.Obs.At, Was: c.Obs.At, Hour: hour, Hidden: s.dir.hours[hour].hidden()}
	p.grown(&s.scratch.tree, 0, &placed)
	return p
}

func (s *Store) join(c *Copy, at ref) Placement {
	s.unpack(at)
	at = s.openUp(at, c.Obs.Arrived)
	was, nodes := s.dir.at(at), s.scratch.tree.Len()
	ordinal := len(s.scratch.entries)
	e := entry{obs: c.Obs, feed: c.Feed}
	s.addCopy(at, &e)
	placed := e
	s.pending.copy(was.id, ordinal, &e)
	s.seq++
	now := s.dir.at(at)
	p := Placement{ID: now.id, Ordinal: ordinal, First: now.first, Was: was.first, Hour: now.hour, Hidden: s.hidden(now)}
	p.grown(&s.scratch.tree, nodes, &placed)
	return p
}

// hidden tells whether no reader sees an episode.
func (s *Store) hidden(e episode) bool {
	h, ok := s.dir.hours[e.hour]
	return !ok || h.hidden()
}

// grown tells of a tree that had so many nodes before an entry came.
func (p *Placement) grown(t *tree, nodes int, e *entry) {
	p.Tree, p.Fresh, p.Leaf = t.Tree, nodes+1, -1
	if e.kind != kindOwn {
		p.Leaf = int32(e.leaf)
	}
}

func (s *Store) merge(c *Copy, f finding) Placement {
	s.unpack(f.at)
	e := s.scratch.entries[f.ordinal]
	at := s.dir.at(f.at)
	p := Placement{ID: at.id, Duplicate: true, Ordinal: f.ordinal, First: at.first, Was: at.first, Hour: at.hour, Leaf: -1,
		Hidden: s.hidden(at)}
	snr4, rssi := e.obs.SNR4, e.obs.RSSI
	changed, improved := e.merge(c)
	p.Measured = snr4 != e.obs.SNR4 || rssi != e.obs.RSSI
	if p.Improved = improved; !changed {
		return p
	}
	if e.kind != kindOwn {
		e.obs.Path = s.scratch.tree.appendPath(nil, e.leaf)
	}
	s.improve(s.openUp(f.at, c.Obs.Arrived), f.ordinal, &e)
	s.pending.improve(at.id, f.ordinal, &e)
	s.seq++
	return p
}

// merge takes over what a second report of the same observation knows better.
// It is changed also when only the message itself is to be remembered.
func (e *entry) merge(c *Copy) (changed, improved bool) {
	o, n := &e.obs, &c.Obs
	take := func(better bool, f func()) {
		if better {
			f()
			improved = true
		}
	}
	take(n.Sources&^o.Sources != 0, func() { o.Sources |= n.Sources })
	take(finer(n.SNR4, o.SNR4), func() { o.SNR4 = n.SNR4 })
	take(o.RSSI == mesh.NoRSSI && n.RSSI != mesh.NoRSSI, func() { o.RSSI = n.RSSI })
	take(o.Score == mesh.NoScore && n.Score != mesh.NoScore, func() { o.Score = n.Score })
	take(o.DurationMS == 0 && n.DurationMS != 0, func() { o.DurationMS = n.DurationMS })
	return e.remember(c) || improved, improved
}

// finer tells whether SNR a says more than b: something rather than nothing,
// quarters rather than whole dB.
func finer(a, b int8) bool {
	if a == mesh.NoSNR || b == mesh.NoSNR {
		return a != mesh.NoSNR
	}
	return a%4 != 0 && b%4 == 0
}

// remember notes which feed reported the entry at which claimed time.
func (e *entry) remember(c *Copy) bool {
	m := claim{feed: c.Feed, ok: c.Obs.Flags&mesh.FlagClaimed != 0}
	if m.ok {
		m.claimed = c.Obs.Claimed
	}
	first := claim{feed: e.feed, ok: e.obs.Flags&mesh.FlagClaimed != 0}
	if first.ok {
		first.claimed = e.obs.Claimed
	}
	if m == first {
		return false
	}
	for _, known := range e.merged {
		if m == known {
			return false
		}
	}
	if len(e.merged) >= maxMerged {
		return false
	}
	// The slice is scratch's; what is kept must not share it.
	e.merged = append(append([]claim(nil), e.merged...), m)
	return true
}
