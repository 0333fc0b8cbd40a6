package column

import (
	"bytes"
	"sort"
	"sync"
	"unsafe"

	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// Hour is a sealed hour, read where it lies. Its transmissions are rows, in
// the order in which their first copies stand; the observations of row i are
// those from Starts()[i] to below Starts()[i+1], in order of arrival. It never
// changes and may be read by many at once. What it hands out aliases its bytes
// and must not be changed.
type Hour struct {
	b []byte
	head
	where [sections]section

	list          []Reporter
	first, id     Numbers
	hashes        []byte
	start, stream []uint32
	types, flags  []byte
	headers       []byte
	shapes        []uint16 // made by checkRows
	at, reporter  Numbers
	leaf, rssi    Numbers
	snr           []int8
	streams       []byte
	named         []byte
}

// Number is the hour's number since 1970.
func (h *Hour) Number() uint32 { return h.hour }

// Generation counts how often the hour was sealed, as the store says.
func (h *Hour) Generation() uint32 { return h.generation }

// Names is what the hour was sealed with of who relayed its transmissions; ""
// if nothing.
func (h *Hour) Names() string { return unsafe.String(unsafe.SliceData(h.named), len(h.named)) }

// Size is the number of bytes that the hour has.
func (h *Hour) Size() int { return len(h.b) }

// Len is the number of transmissions.
func (h *Hour) Len() int { return int(h.rows) }

// Observations is the number of observations.
func (h *Hour) Observations() int { return int(h.obs) }

// Bounds is where the earliest and the latest copy stand, Unix ms. They may
// lie outside the hour.
func (h *Hour) Bounds() (least, greatest int64) { return h.head.first, h.head.last }

// ID is the number of transmission i.
func (h *Hour) ID(i int) uint64 { return h.head.id + h.id.At(i) }

// Hash is the hash of transmission i.
func (h *Hour) Hash(i int) meshcore.Hash { return meshcore.Hash(h.hashes[8*i : 8*i+8]) }

// Type is the type of transmission i.
func (h *Hour) Type(i int) meshcore.Type { return meshcore.Type(h.types[i]) }

// Verified tells whether transmission i is an advert whose signature and
// fields were good when it came in.
func (h *Hour) Verified(i int) bool { return h.flags[i]&rowVerified != 0 }

// First is where the earliest copy of transmission i stands, Unix ms.
func (h *Hour) First(i int) int64 { return h.Time(h.first.At(i)) }

// Last is where the latest copy of transmission i stands, Unix ms.
func (h *Hour) Last(i int) int64 {
	var last uint64
	for o := int(h.start[i]); o < int(h.start[i+1]); o++ {
		last = max(last, h.at.At(o))
	}
	return h.Time(last)
}

// Copies is the number of observations of transmission i.
func (h *Hour) Copies(i int) int { return int(h.start[i+1] - h.start[i]) }

// Payload is the payload of transmission i.
func (h *Hour) Payload(i int) []byte {
	c := h.open(i)
	return h.readPayload(&c)
}

// Find gives the rows of a hash, which may have several episodes in an hour.
func (h *Hour) Find(hash meshcore.Hash) (rows []int) {
	for from := 0; ; {
		k := bytes.Index(h.hashes[from:], hash[:])
		if k < 0 {
			return rows
		}
		if from += k; from%8 == 0 {
			rows = append(rows, from/8)
		}
		from++
	}
}

// Search is the first row whose first copy stands at t or later, Unix ms; Len
// if there is none.
func (h *Hour) Search(t int64) int {
	return sort.Search(h.Len(), func(i int) bool { return h.First(i) >= t })
}

// At is where observation o stands, Unix ms.
func (h *Hour) At(o int) int64 { return h.Time(h.at.At(o)) }

// Time gives a number of the columns of times as Unix ms.
func (h *Hour) Time(n uint64) int64 { return int64(uint64(h.head.first) + n) }

// Reporter is the reporter of observation o.
func (h *Hour) Reporter(o int) *Reporter { return &h.list[h.reporter.At(o)] }

// Leaf is the node of its transmission's tree that observation o has as its
// path; -1 if it has a head of its own.
func (h *Hour) Leaf(o int) int32 { return int32(h.leaf.At(o)) - 1 }

// SNR is the signal to noise ratio of observation o in quarter dB; mesh.NoSNR
// if unknown.
func (h *Hour) SNR(o int) int8 { return h.snr[o] }

// RSSI is that of observation o in dBm; mesh.NoRSSI if unknown.
func (h *Hour) RSSI(o int) int16 { return RSSI(h.rssi.At(o)) }

// RSSI gives a number of the column of RSSIs as dBm; mesh.NoRSSI if unknown.
func RSSI(n uint64) int16 { return -int16(uint16(n)) }

// RowOf is the row that observation o belongs to.
func (h *Hour) RowOf(o int) int {
	return sort.Search(h.Len(), func(i int) bool { return int(h.start[i+1]) > o })
}

// Starts has for each row its first observation, and at its end how many
// observations there are.
func (h *Hour) Starts() []uint32 { return h.start }

// Firsts has for each row where its earliest copy stands; Time gives it as
// Unix ms.
func (h *Hour) Firsts() Numbers { return h.first }

// Types has for each row its type.
func (h *Hour) Types() []byte { return h.types }

// Shape is a bit for the route of a copy and the width of its hops, by its header
// and path length byte.
func Shape(header, pathLen byte) uint16 {
	return 1 << (4*(header&3) + byte(mesh.HopWidth(header, pathLen)))
}

// Shapes has for each row the shapes of all its copies.
func (h *Hour) Shapes() []uint16 { return h.shapes }

// Tree tells how many bytes the hops of row i's tree are wide, and the header
// that the copies in it have; 0, 0 if it has no tree.
func (h *Hour) Tree(i int) (width int, header byte) {
	if h.flags[i]&rowTree == 0 {
		return 0, 0
	}
	return int(h.flags[i]>>rowWidth&3) + 1, h.headers[i]
}

// HopBytes is the hops of row i's tree, each as many bytes as Tree says wide.
func (h *Hour) HopBytes(i int) []byte {
	width, header := h.Tree(i)
	if width == 0 {
		return nil
	}
	c := h.open(i)
	h.readPayload(&c)
	if hasCodes(header) {
		c.codes()
	}
	return c.take(c.uvarint() * uint64(width))
}

// Ats has for each observation where it stands; Time gives it as Unix ms.
func (h *Hour) Ats() Numbers { return h.at }

// Reporters has for each observation a number of ReporterList.
func (h *Hour) Reporters() Numbers { return h.reporter }

// ReporterList has the hour's reporters, by observer, region and the rest.
func (h *Hour) ReporterList() []Reporter { return h.list }

// Leaves has for each observation its leaf, plus 1.
func (h *Hour) Leaves() Numbers { return h.leaf }

// SNRs has for each observation its signal to noise ratio in quarter dB.
func (h *Hour) SNRs() []int8 { return h.snr }

// RSSIs has for each observation its RSSI; [RSSI] gives it in dBm.
func (h *Hour) RSSIs() Numbers { return h.rssi }

// Row gives transmission i with everything that is known of it.
func (h *Hour) Row(i int) Row {
	var s scratch
	return h.row(i, &s, nil, true)
}

// row is Row with its tree in s and its observations in obs, if they have room; keep
// tells whether claims that were merged are wanted.
func (h *Hour) row(i int, s *scratch, obs []Obs, keep bool) Row {
	c := h.open(i)
	r := Row{ID: h.ID(i), Hash: h.Hash(i), Type: h.Type(i), Verified: h.Verified(i), Payload: h.readPayload(&c)}
	r.Tree = h.readTree(&c, i, s)
	from, to := int(h.start[i]), int(h.start[i+1])
	if r.Obs = obs; cap(obs) < to-from {
		r.Obs = make([]Obs, to-from)
	}
	r.Obs = r.Obs[:to-from]
	for o := from; o < to; o++ {
		rep := h.Reporter(o)
		r.Obs[o-from] = Obs{Feed: rep.Feed, Leaf: h.Leaf(o), Observation: mesh.Observation{
			At: h.At(o), Arrived: h.readArrived(&c, o), Observer: rep.Observer, Region: rep.Region,
			Sources: rep.Sources, Flags: rep.Flags, SNR4: h.snr[o], RSSI: h.RSSI(o),
		}}
		r.Obs[o-from].setHead(&c, r.Tree, s)
	}
	r.Base = r.Obs[0].Arrived
	if h.flags[i]&rowBase != 0 {
		r.Base += c.difference()
	}
	duration := uint16(0)
	for o := from; o < to; o++ {
		h.readRest(&c, o, &duration, &r.Obs[o-from], keep)
	}
	return r
}

// setHead gives an observation the head of its leaf, or reads its own.
func (o *Obs) setHead(c *cursor, t mesh.Tree, s *scratch) {
	if o.Leaf >= 0 {
		o.Header, o.Transport, o.PathLen = t.Header, t.Transport, pathLen(t.Width, s.depths[o.Leaf])
		return
	}
	own := c.ownHead()
	o.Header, o.Transport, o.PathLen, o.Path = own.header, own.transport, own.pathLen, own.path
}

// unpacked is what a transmission is unpacked into on its way to pages, used again for
// one after the other.
type unpacked struct {
	scratch
	obs []Obs
}

var spareUnpacked = sync.Pool{New: func() any { return new(unpacked) }}

// spareObs is how many observations there may be room for in what is kept.
const spareObs = 1024

// Transmission gives transmission i as pages see it, with the path of each copy.
func (h *Hour) Transmission(i int) mesh.Transmission { return h.TransmissionInto(i, nil) }

// TransmissionInto is Transmission with its observations in obs, if they have room.
func (h *Hour) TransmissionInto(i int, obs []mesh.Observation) mesh.Transmission {
	u := spareUnpacked.Get().(*unpacked)
	r := h.row(i, &u.scratch, u.obs, false)
	tx := r.transmission(obs)
	if u.obs = r.Obs[:0]; cap(u.obs) <= spareObs && cap(u.parents) <= 8*spareObs {
		spareUnpacked.Put(u)
	}
	return tx
}

// Transmission gives a row as pages see it, with the path of each copy.
func (r Row) Transmission() mesh.Transmission { return r.transmission(nil) }

func (r *Row) transmission(obs []mesh.Observation) mesh.Transmission {
	size := 0
	for k := range r.Obs {
		if o := &r.Obs[k]; o.Leaf >= 0 {
			size += int(o.PathLen&63) * r.Tree.Width
		}
	}
	paths := make([]byte, 0, size)
	if cap(obs) < len(r.Obs) {
		obs = make([]mesh.Observation, len(r.Obs))
	}
	tx := mesh.Transmission{ID: r.ID, Hash: r.Hash, Type: r.Type, Verified: r.Verified, Payload: r.Payload, Observations: obs[:len(r.Obs)]}
	for k := range r.Obs {
		o := &r.Obs[k]
		tx.Observations[k] = o.Observation
		if o.Leaf >= 0 {
			from := len(paths)
			paths = AppendPath(paths, r.Tree, int(o.Leaf))
			tx.Observations[k].Path = paths[from:len(paths):len(paths)]
		}
	}
	return tx
}
