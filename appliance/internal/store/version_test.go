package store

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"hilltop/appliance/internal/mesh"
)

// A directory that version 3 wrote loads whole, and is kept in this version's form.
func TestVersion3Loads(t *testing.T) {
	const dir = "testdata/version3"
	fs := newMemFS()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(filepath.Join(dir, file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if file.Name() == "state.txt" {
			continue
		}
		f, _ := fs.Create("data/" + file.Name())
		if _, err := f.Write(b); err != nil || f.Sync() != nil || fs.SyncDir("data") != nil {
			t.Fatal("the file cannot be laid there")
		}
	}
	want, err := os.ReadFile(filepath.Join(dir, "state.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		s := openOn(t, fs)
		r, err := s.Load(t.Context(), nil)
		if err != nil || r.Skipped > 0 || r.Missing > 0 || len(r.Problems) > 0 {
			t.Fatalf("%+v, %v", r, err)
		}
		var got []byte
		s.Scan(math.MinInt64, math.MaxInt64, func(tx mesh.Transmission) bool {
			got = append(appendTransmission(got, &tx), '\n')
			return true
		})
		for _, hour := range s.DecidedHours() {
			got = fmt.Appendf(got, "%d %q\n", hour, s.Decided(hour))
		}
		if string(got) != string(want) {
			t.Fatal(differ(string(want), string(got)))
		}
		flush(t, s, true)
		s.Close()
	}
}
