package store

import (
	"unsafe"

	"hilltop/appliance/internal/mesh"
)

// entry is an observation by columns, and its place in the tree of what the frame has
// told of its transmission.
func (t *transposed) entry(e *entry, s *framed) {
	o := &e.obs
	flags := t.reporter(e)
	since := o.Arrived - t.time
	t.number(colArrived, &since)
	o.Arrived = t.time + since
	t.time = o.Arrived
	t.entryTimes(e, flags)
	t.cols[colSNR].byte((*byte)(unsafe.Pointer(&o.SNR4)))
	t.rssi(&o.RSSI)
	t.score(o, flags, &s.duration)
	t.path(e, &s.tree)
}

// reporter is what the observation has in common with others. It gives the flags.
func (t *transposed) reporter(e *entry) byte {
	o, place := &e.obs, &t.cols[colReporter]
	var r frameReporter
	var n uint64
	known := true
	if place.writing {
		r = frameReporter{o.Observer, e.feed, o.Region, o.Sources, e.flags(true, nil) &^ kindMask}
		if n, known = t.places[r]; !known {
			n = uint64(len(t.reporters))
		}
	}
	if place.uvarint(&n); n > uint64(len(t.reporters)) {
		place.fail()
		return 0
	}
	if n == uint64(len(t.reporters)) {
		c := &t.cols[colReporters]
		unsigned(c, &r.observer)
		unsigned(c, &r.feed)
		unsigned(c, &r.region)
		c.uvarint(&r.sources)
		c.byte(&r.flags)
		t.places[r] = n
		t.reporters = append(t.reporters, r)
	}
	r = t.reporters[n]
	o.Observer, e.feed, o.Region, o.Sources = r.observer, r.feed, r.region, r.sources
	return r.flags
}

// number is in two columns, low and the one after it: the lowest byte says little, the
// others almost all.
func (t *transposed) number(low int, v *int64) {
	b, rest := byte(*v), *v>>8
	t.cols[low].byte(&b)
	t.cols[low+1].varint(&rest)
	*v = rest<<8 | int64(b)
}

func (t *transposed) entryTimes(e *entry, flags byte) {
	o := &e.obs
	if !t.cols[colAt].writing {
		e.start(flags)
	}
	if flags&entryAtDiffer != 0 {
		d := o.At - o.Arrived
		t.number(colAt, &d)
		o.At = o.Arrived + d
	}
	if flags&entryClaimed != 0 {
		t.cols[colClaimed].delta(&o.Claimed, o.At)
	}
	if flags&entryMerged != 0 {
		t.cols[colClaims].claims(e)
	}
}

// rssi is a byte where that has room.
func (t *transposed) rssi(rssi *int16) {
	const wide = 255
	c := &t.cols[colRSSI]
	b := byte(wide)
	if v := -int32(*rssi); v >= 0 && v < wide {
		b = byte(v)
	}
	if c.byte(&b); b != wide {
		*rssi = -int16(b)
		return
	}
	signed(c, rssi)
}

// score is beside a time on air, which hardly differs between copies.
func (t *transposed) score(o *mesh.Observation, flags byte, before *uint16) {
	if flags&entryScore == 0 {
		o.Score, o.DurationMS = mesh.NoScore, 0
		return
	}
	score, d := int64(o.Score), int64(o.DurationMS)
	t.number(colScore, &score)
	t.cols[colDuration].delta(&d, int64(*before))
	if o.Score, o.DurationMS = int16(score), uint16(d); int64(o.Score) != score || int64(o.DurationMS) != d {
		t.cols[colDuration].fail()
	}
	*before = o.DurationMS
}

// path is the place in the tree, or a head of its own.
func (t *transposed) path(e *entry, at *tree) {
	o, writing := &e.obs, t.cols[colOwn].writing
	switch e.kind {
	case kindOwn:
		t.cols[colOwn].ownPath(o)
		return
	case kindPlants:
		t.cols[colPlant].plant(e, at)
	case kindInTree:
	default:
		t.cols[colKind].fail()
		return
	}
	if t.cols[colPlant].err != nil || !at.defined() {
		t.cols[colParent].fail()
		return
	}
	var parent uint32
	var fresh []byte
	if writing {
		var used int
		parent, used = at.find(o.Path)
		fresh = o.Path[used:]
	}
	back := uint32(at.Len()) - parent
	unsigned(&t.cols[colParent], &back)
	if back > uint32(at.Len()) {
		t.cols[colParent].fail()
		return
	}
	parent = uint32(at.Len()) - back
	count := byte(len(fresh) / at.Width)
	t.cols[colFresh].byte(&count)
	if hops := &t.cols[colHops]; writing {
		hops.b = append(hops.b, fresh...)
	} else {
		fresh = hops.take(int(count) * at.Width)
	}
	e.leaf = t.cols[colFresh].grow(at, parent, fresh)
	if !writing {
		o.Header, o.Transport = at.Header, at.Transport
		o.PathLen = byte(at.Width-1)<<6 | byte(at.depth(e.leaf))
		o.Path = at.appendPath(nil, e.leaf)
	}
}
