package figure

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"hilltop/appliance/internal/column"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

const (
	hourMS = 3_600_000
	t0     = int64(488_888) * hourMS
)

// anyRow is a transmission that begins within an hour: some copies are in its
// tree, some are not, some come late.
func anyRow(r *rand.Rand, id uint64, hour int64) column.Row {
	kind := meshcore.Type([]int{2, 4, 5, 5, 6, 8, 9, 11}[r.IntN(8)])
	row := column.Row{ID: id, Type: kind, Verified: r.IntN(2) == 0, Payload: make([]byte, 3+r.IntN(90))}
	for i := range row.Payload {
		row.Payload[i] = byte(r.IntN(5))
	}
	first := hour + r.Int64N(hourMS)
	b := treeBuilder{row: &row}
	header, width := byte(kind)<<2|byte(r.IntN(4)), 1+r.IntN(3)
	for range 1 + r.IntN(12) {
		o := mesh.Observation{
			At: first + r.Int64N(9_000), Observer: uint32(1 + r.IntN(20)), Region: uint16(r.IntN(3)), Sources: 1,
			SNR4: int8(r.IntN(60) - 30), RSSI: -int16(40 + r.IntN(80)), Score: mesh.NoScore, Header: header,
		}
		switch r.IntN(12) {
		case 0:
			o.At += r.Int64N(600_000)
		case 1:
			o.SNR4, o.RSSI = mesh.NoSNR, mesh.NoRSSI
		case 2:
			o.Header = byte(kind)<<2 | byte(r.IntN(4))
		case 3:
			o.Observer = 100_000 + uint32(r.IntN(400))
		}
		w := width
		if r.IntN(10) == 0 {
			w = 1 + r.IntN(3)
		}
		n := r.IntN(5)
		for range n * w {
			o.Path = append(o.Path, byte(r.IntN(3)))
		}
		o.PathLen, o.Arrived = byte(w-1)<<6|byte(n), o.At+r.Int64N(3)*100
		b.add(o)
	}
	row.Base = row.Obs[0].Arrived
	return row
}

// treeBuilder gives copies of a flood their places in a row's tree.
type treeBuilder struct {
	row   *column.Row
	nodes map[string]int32
}

func (b *treeBuilder) add(o mesh.Observation) {
	t := &b.row.Tree
	width := int(o.PathLen>>6) + 1
	flood := meshcore.Route(o.Header&3).IsFlood() && b.row.Type != meshcore.TypeTrace
	if flood && t.Width == 0 {
		t.Header, t.Width, b.nodes = o.Header, width, map[string]int32{}
	}
	x := column.Obs{Observation: o, Leaf: -1}
	if flood && t.Header == o.Header && t.Width == width {
		x.Leaf, x.Path = 0, nil
		for end := width; end <= len(o.Path); end += width {
			n, ok := b.nodes[string(o.Path[:end])]
			if !ok {
				t.Parents, t.HopBytes = append(t.Parents, uint32(x.Leaf)), append(t.HopBytes, o.Path[end-width:end]...)
				n = int32(len(t.Parents))
				b.nodes[string(o.Path[:end])] = n
			}
			x.Leaf = n
		}
	}
	b.row.Obs = append(b.row.Obs, x)
}

func sealed(t testing.TB, rows []column.Row) *column.Hour { return sealedAs(t, 1, rows) }

// sealedAs seals rows as the hour of this number.
func sealedAs(t testing.TB, number uint32, rows []column.Row) *column.Hour {
	t.Helper()
	b, err := column.Encode(number, 1, rows)
	if err != nil {
		t.Fatal(err)
	}
	h, err := column.Open(string(b))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// anyHours is a corpus of a few hours, and the rows that count in it: some
// hours are sealed, some open, some both, with rows overridden.
func anyHours(t testing.TB, r *rand.Rand) (hours []Hour, held []column.Row) {
	id := uint64(1)
	for n := range int64(1 + r.IntN(4)) {
		var shut, open []column.Row
		gone := map[uint64]bool{}
		for range 1 + r.IntN(40) {
			row := anyRow(r, id, t0+n*hourMS)
			if id++; n%3 != 2 {
				shut = append(shut, row)
				if r.IntN(6) > 0 {
					held = append(held, row)
					continue
				}
				gone[row.ID] = true
				row.Obs = append(row.Obs, row.Obs[0])
			}
			open, held = append(open, row), append(held, row)
		}
		h := Hour{Number: uint32(n)}
		if len(shut) > 0 {
			b := sealedAs(t, uint32(n), shut)
			h.Block, h.State = b, fmt.Sprint("state ", len(gone))
			if len(gone) > 0 {
				h.Overridden = func(row int) bool { return gone[b.ID(row)] }
			}
		}
		if len(open) > 0 {
			for part := range slices.Chunk(open, 8) {
				h.Open = append(h.Open, openPart(t, r, part))
			}
		}
		hours = append(hours, h)
	}
	r.Shuffle(len(hours), func(i, k int) { hours[i], hours[k] = hours[k], hours[i] })
	return hours, held
}

// openPart is a part that most often can be told apart.
func openPart(t testing.TB, r *rand.Rand, rows []column.Row) OpenPart {
	b := sealed(t, rows)
	p := OpenPart{First: math.MaxInt64, Last: math.MinInt64, Each: func(fn func(*mesh.Scanned) bool) { b.Scan(0, b.Len(), nil, fn) }}
	if r.IntN(6) > 0 {
		p.Serial = 1 + r.Uint64()>>1
	}
	for _, row := range rows {
		for _, o := range row.Obs {
			p.First, p.Last = min(p.First, o.At), max(p.Last, o.At)
		}
	}
	return p
}

// anyFilter asks for anything; its span often begins or ends with one of the
// observations.
func anyFilter(r *rand.Rand, held []column.Row) Filter {
	f := Always()
	edge := func() int64 {
		obs := held[r.IntN(len(held))].Obs
		return obs[r.IntN(len(obs))].At + r.Int64N(2)
	}
	switch r.IntN(4) {
	case 0:
		f.From = t0 + r.Int64N(2*hourMS)
		f.To = f.From + r.Int64N(2*hourMS)
	case 1:
		f.From, f.To = edge(), edge()
	case 2:
		f.From, f.To = math.MinInt64, edge()
		if r.IntN(2) == 0 {
			f.From, f.To = f.To, math.MaxInt64
		}
	}
	f.ByFirst = r.IntN(3) == 0
	some := func() bool { return r.IntN(5) == 0 }
	if some() {
		f.Types = []meshcore.Type{2, 5, 9}
	}
	if some() {
		f.Channels = []byte{0, 3}
	}
	f.Verified = some()
	if some() {
		f.Observers = []uint32{2, 3, 5, 7, 11, 100_003, 100_050}
	}
	if some() {
		f.Regions = []uint16{0, 2}
	}
	if some() {
		f.Routes = []meshcore.Route{meshcore.Route(r.IntN(4)), 1}
	}
	if some() {
		f.Widths = []int{r.IntN(4)}
	}
	if some() {
		f.Relays = []meshcore.Hop{meshcore.NewHop([]byte{1}), meshcore.NewHop([]byte{2, 0})}
	}
	if some() {
		f.Keys = []meshcore.PublicKey{{2, 1, 0}}
	}
	for _, x := range []struct {
		p *Range
		v Range
	}{{&f.Hops, Between(1, 3)}, {&f.Size, Between(20, 70)}, {&f.SNR4, Between(-10, 12)}, {&f.RSSI, Between(-90, -50)}} {
		if some() {
			*x.p = x.v
		}
	}
	if r.IntN(30) == 0 {
		f.Observers = []uint32{}
	}
	return f
}

func anyWant(r *rand.Rand) (w Want) {
	if r.IntN(3) > 0 {
		w.Timeline = Timeline{From: t0 - r.Int64N(hourMS) + r.Int64N(hourMS), Each: time.Duration(1+r.IntN(1000)) * time.Second, Buckets: 1 + r.IntN(20)}
	}
	if r.IntN(2) == 0 {
		return w
	}
	for by := ByType; by <= ByRelay; by++ {
		if r.IntN(4) == 0 {
			w.Tables = append(w.Tables, Table{by, r.IntN(2) == 0})
		}
	}
	w.Signal = r.IntN(3) == 0
	if r.IntN(3) == 0 {
		p := meshcore.DefaultPreset()
		w.Airtime = &p
	}
	return w
}
