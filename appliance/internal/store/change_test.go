package store

import (
	"fmt"
	"testing"
)

// A change of a value gives that value, of the one that it was told from and of no
// other.
func FuzzChange(f *testing.F) {
	f.Add("the same and old", "the same and new, and more", "another")
	f.Add("aaaa", "aa", "aaaa")
	f.Add("", "x", "y")
	f.Fuzz(func(t *testing.T, old, value, other string) {
		var o ops
		o.reset()
		o.change("k", old, value)
		var c change
		read := codec{b: o.c.b[1:]}
		if read.change(&c); read.err != nil || read.more() {
			t.Fatal(read.err)
		}
		if got, ok := c.of(old); !ok || got != value {
			t.Errorf("%q became %q, want %q", old, got, value)
		}
		if got, ok := c.of(other); ok && got != value {
			t.Errorf("%q became %q", other, got)
		}
	})
}

// What frames tell of a setting, from what it was, comes to what it is. Where one of
// them is lost it is as it was before, and after some frames it is right again.
func TestChangesInFrames(t *testing.T) {
	value := func(n int) string { return fmt.Sprintf("even %d and odd %d, and an end", n/2*2, (n+1)/2*2-1) }
	write := func(frames int) *memFS {
		fs := newMemFS()
		s := loadOn(t, fs)
		for n := range frames {
			s.PutSetting("k", value(n))
			flush(t, s, false)
			s.files.endSegment()
		}
		s.Close()
		return fs.afterCrash()
	}
	fs := write(10)
	s := loadOn(t, fs)
	if v, _ := s.Setting("k"); v != value(9) {
		t.Fatalf("have %q", v)
	}
	s.Close()
	for _, c := range []struct{ frames, want int }{{10, 3}, {wholeEvery + 10, wholeEvery + 9}} {
		fs := write(c.frames)
		if err := fs.Remove("data/" + journalFile(5)); err != nil {
			t.Fatal(err)
		}
		s := loadOn(t, fs)
		if v, _ := s.Setting("k"); v != value(c.want) {
			t.Errorf("%d frames without the fifth: have %q, want %q", c.frames, v, value(c.want))
		}
	}
}
