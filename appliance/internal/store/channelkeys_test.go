package store

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"hilltop/firmware-bridge/meshcore"
)

// What was given and what was taken back is the same after a restart, from
// frames and from a checkpoint, and in a backup.
func TestChannelKeysAreKept(t *testing.T) {
	now := t0
	clock := func(o *Options) { o.Now = func() time.Time { return time.UnixMilli(now) } }
	fs := newMemFS()
	s := loadOn(t, fs, clock)
	club, err := meshcore.NewChannelKey(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	s.PutChannelKey("Club", club, OriginConfig)
	now++
	s.PutChannelKey("#gone", meshcore.HashtagKey("#gone"), OriginBrowser)
	s.PutChannelKey("Club", meshcore.HashtagKey("#other"), OriginBrowser) // the same name
	s.PutChannelKey("none", meshcore.ChannelKey{}, OriginBrowser)
	flush(t, s, false)
	now++
	s.PutChannelKey("Our club", club, OriginBrowser)
	if !s.DeleteChannelKey(meshcore.HashtagKey("#gone")) || s.DeleteChannelKey(meshcore.HashtagKey("#gone")) {
		t.Error("a key is deleted once")
	}
	want := []ChannelKey{{"Our club", club, OriginBrowser, t0}, {"Club", meshcore.HashtagKey("#other"), OriginBrowser, t0 + 1}}
	check := func(what string, s *Store) {
		t.Helper()
		if got := s.ChannelKeys(); !slices.Equal(got, want) {
			t.Errorf("%s: got %+v, want %+v", what, got, want)
		}
	}
	check("before", s)
	var tar bytes.Buffer
	if err := s.Backup(t.Context(), &tar); err != nil {
		t.Fatal(err)
	}
	for _, point := range []bool{false, true} {
		flush(t, s, point)
		s.Close()
		s = loadOn(t, fs, clock)
		check("after a restart", s)
	}
	check("from a backup", loadOn(t, unpackTar(t, tar.Bytes())))
}
