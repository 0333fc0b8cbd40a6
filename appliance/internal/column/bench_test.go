package column_test

import (
	"maps"
	"slices"
	"testing"

	"hilltop/appliance/internal/column"
	"hilltop/appliance/internal/mesh"
)

// benchHour is one whole hour of the corpus.
func benchHour(b *testing.B) ([]column.Row, string, *column.Hour) {
	b.Helper()
	hours := corpus()
	n := slices.Sorted(maps.Keys(hours))[0]
	bytes, err := column.Encode(n, 1, hours[n])
	if err != nil {
		b.Fatal(err)
	}
	h, err := column.Open(string(bytes))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(bytes)))
	return hours[n], string(bytes), h
}

func each(b *testing.B, h *column.Hour) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(h.Observations()), "ns/observation")
}

func BenchmarkEncode(b *testing.B) {
	rows, _, h := benchHour(b)
	for b.Loop() {
		if _, err := column.Encode(1, 1, rows); err != nil {
			b.Fatal(err)
		}
	}
	each(b, h)
}

func BenchmarkOpen(b *testing.B) {
	_, bytes, h := benchHour(b)
	for b.Loop() {
		if _, err := column.Open(bytes); err != nil {
			b.Fatal(err)
		}
	}
	each(b, h)
}

func BenchmarkPackFile(b *testing.B) {
	_, bytes, h := benchHour(b)
	file := column.PackFile([]byte(bytes))
	b.ReportMetric(float64(len(bytes))/float64(h.Observations()), "B/observation")
	b.ReportMetric(float64(len(file))/float64(h.Observations()), "packed_B/observation")
	for b.Loop() {
		column.PackFile([]byte(bytes))
	}
	each(b, h)
}

func BenchmarkUnpackFile(b *testing.B) {
	_, bytes, h := benchHour(b)
	file := column.PackFile([]byte(bytes))
	for b.Loop() {
		if _, err := column.UnpackFile(file); err != nil {
			b.Fatal(err)
		}
	}
	each(b, h)
}

func BenchmarkScan(b *testing.B) {
	_, _, h := benchHour(b)
	n := 0
	for b.Loop() {
		h.Scan(0, h.Len(), nil, func(x *mesh.Scanned) bool { n += len(x.Obs); return true })
	}
	each(b, h)
}

func BenchmarkRow(b *testing.B) {
	_, _, h := benchHour(b)
	for b.Loop() {
		for i := range h.Len() {
			if h.Row(i).ID == 0 {
				b.Fatal(i)
			}
		}
	}
	each(b, h)
}

// The observations of some observers by minute, straight from the columns.
func BenchmarkKernel(b *testing.B) {
	_, _, h := benchHour(b)
	wanted := make([]uint32, len(h.ReporterList()))
	for i, r := range h.ReporterList() {
		wanted[i] = r.Observer % 2
	}
	var minutes [128]uint32
	for b.Loop() {
		ats, reporters := column.View[uint32](h.Ats()), column.View[uint8](h.Reporters())
		for o, at := range ats {
			minutes[at/60_000&127] += wanted[reporters[o]]
		}
	}
	if minutes[0] == 0 {
		b.Fatal("nothing was counted")
	}
	each(b, h)
}

func BenchmarkFind(b *testing.B) {
	_, _, h := benchHour(b)
	for b.Loop() {
		if len(h.Find(h.Hash(h.Len()-1))) == 0 {
			b.Fatal("not found")
		}
	}
}
