package store

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	"hilltop/firmware-bridge/meshcore"
)

// Where a channel's key came from.
const (
	OriginConfig  = "config"  // hilltop.toml
	OriginBrowser = "browser" // the operator, on a page
)

// ChannelKey is a channel whose packets are opened. Its key names it: two
// channels may have the same name, and are two.
type ChannelKey struct {
	Name   string
	Key    meshcore.ChannelKey
	Origin string // OriginConfig or OriginBrowser
	Since  int64  // when the key was first given, Unix ms
}

// channelKeyKey has no part of the secret in it.
func channelKeyKey(k meshcore.ChannelKey) string {
	sum := sha256.Sum256(k.Bytes())
	return "k/" + hex.EncodeToString(sum[:8])
}

// PutChannelKey stores a channel's key. One that is stored gets the name and
// the origin given here, and keeps its time. The zero key is passed over.
func (s *Store) PutChannelKey(name string, key meshcore.ChannelKey, origin string) {
	if key.IsZero() {
		return
	}
	f := s.facts
	f.mu.Lock()
	defer f.mu.Unlock()
	k := ChannelKey{Name: name, Key: key, Origin: origin, Since: s.opts.Now().UnixMilli()}
	if known, ok := f.channelKeys[key]; ok {
		k.Since = known.Since
	}
	f.channelKeys[key] = k
	f.channelKeyChanged(key)
}

// DeleteChannelKey forgets a channel's key, and tells whether it was stored.
func (s *Store) DeleteChannelKey(key meshcore.ChannelKey) bool {
	f := s.facts
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.channelKeys[key]; !ok {
		return false
	}
	delete(f.channelKeys, key)
	f.channelKeyChanged(key)
	return true
}

// ChannelKeys lists what is stored, the first given first.
func (s *Store) ChannelKeys() []ChannelKey {
	s.facts.mu.RLock()
	defer s.facts.mu.RUnlock()
	return slices.SortedFunc(maps.Values(s.facts.channelKeys), func(a, b ChannelKey) int {
		return cmp.Or(cmp.Compare(a.Since, b.Since), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Key.String(), b.Key.String()))
	})
}

// channelKeyChanged notes a change. mu is held.
func (f *facts) channelKeyChanged(key meshcore.ChannelKey) {
	f.dirty[channelKeyKey(key)] = func() (string, bool) {
		k, ok := f.channelKeys[key]
		return pack(&k, (*codec).channelKey), ok
	}
}

// loadChannelKey takes a stored key. mu is held.
func (f *facts) loadChannelKey(key, value string) bool {
	k, ok := unpack(value, (*codec).channelKey)
	if !ok || k.Key.IsZero() || key != channelKeyKey(k.Key) {
		return false
	}
	f.channelKeys[k.Key] = k
	return true
}

// removeChannelKey forgets what a stored key stands for. mu is held.
func (f *facts) removeChannelKey(key string) {
	maps.DeleteFunc(f.channelKeys, func(k meshcore.ChannelKey, _ ChannelKey) bool { return channelKeyKey(k) == key })
}

func (c *codec) channelKey(k *ChannelKey) {
	c.string(&k.Name)
	secret := k.Key.Bytes()
	c.bytes(&secret)
	if !c.writing && c.err == nil && len(secret) > 0 {
		var err error
		if k.Key, err = meshcore.NewChannelKey(secret); err != nil {
			c.fail()
		}
	}
	c.string(&k.Origin)
	c.varint(&k.Since)
}
