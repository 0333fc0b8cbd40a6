package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// startKeys loads a directory and gives the names of the ring's channels.
func startKeys(t *testing.T, dir string, more func(*store.Store), channels ...ChannelConfig) []string {
	t.Helper()
	s, err := store.Open(store.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Load(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	k, err := newChannelKeys(channels, nil)
	if err != nil {
		t.Fatal(err)
	}
	k.keep(s, slog.New(slog.DiscardHandler))
	if more != nil {
		more(s)
		k.take(s)
	}
	if err := s.Flush(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range k.ring.Channels() {
		names = append(names, c.Name)
	}
	return names
}

func TestKeysOfConfigurationAndStoreMakeTheRing(t *testing.T) {
	dir := t.TempDir()
	club := ChannelConfig{Name: "Club", Key: "000102030405060708090a0b0c0d0e0f"}
	given := func(s *store.Store) { s.PutChannelKey("#mine", meshcore.HashtagKey("#mine"), store.OriginBrowser) }
	for _, step := range []struct {
		what     string
		more     func(*store.Store)
		channels []ChannelConfig
		want     []string
	}{
		{"configured", nil, []ChannelConfig{{Name: "#test"}, club}, []string{"Public", "#test", "Club"}},
		{"given in the browser", given, []ChannelConfig{{Name: "#test"}, club}, []string{"Public", "#test", "Club", "#mine"}},
		{"without a configuration", nil, nil, []string{"Public", "#test", "Club", "#mine"}},
		{"renamed, and given in both places", nil, []ChannelConfig{{Name: "Our club", Key: club.Key}, {Name: "#mine"}}, []string{"Public", "Our club", "#mine"}},
		{"no longer configured", nil, []ChannelConfig{{Name: "#test"}}, []string{"Public", "#test", "#mine"}},
	} {
		got := startKeys(t, dir, step.more, step.channels...)
		slices.Sort(got)
		slices.Sort(step.want)
		if !slices.Equal(got, step.want) {
			t.Errorf("%s: got %q, want %q", step.what, got, step.want)
		}
	}
}

// A channel opens in a directory made of a backup, without the configuration
// that named it.
func TestARestoredChannelOpens(t *testing.T) {
	dir, restored := t.TempDir(), t.TempDir()
	var tar bytes.Buffer
	startKeys(t, dir, func(s *store.Store) {
		if err := s.Backup(t.Context(), &tar); err != nil {
			t.Error(err)
		}
	}, ChannelConfig{Name: "Club", Key: "000102030405060708090a0b0c0d0e0f"})
	untar(t, &tar, restored)
	if got := startKeys(t, restored, nil); !slices.Equal(got, []string{"Public", "Club"}) {
		t.Errorf("got %q", got)
	}
}

func untar(t *testing.T, from io.Reader, dir string) {
	t.Helper()
	for r := tar.NewReader(from); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		var b []byte
		if err == nil {
			b, err = io.ReadAll(r)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, h.Name), b, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
