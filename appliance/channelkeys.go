package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// channelKeys are the channels whose packets are opened: the public one, those
// of the configuration, a demo's, and those that the store has.
type channelKeys struct {
	ring       *meshcore.KeyRing
	configured []meshcore.Channel
	simulated  []meshcore.Channel

	changed chan struct{} // has one when keys were given or taken away

	mu sync.Mutex // held while the ring is made from the store
}

// newChannelKeys reads the configuration's keys. The ring holds what is known
// before the store is loaded.
func newChannelKeys(channels []ChannelConfig, simulated []meshcore.Channel) (*channelKeys, error) {
	k := &channelKeys{simulated: simulated, changed: make(chan struct{}, 1)}
	for _, c := range channels {
		key := meshcore.HashtagKey(c.Name)
		if c.Key != "" {
			var err error
			if key, err = meshcore.ParseChannelKey(string(c.Key)); err != nil {
				return nil, fmt.Errorf("channel %q: %w", c.Name, err)
			}
		}
		k.configured = append(k.configured, meshcore.Channel{Name: c.Name, Key: key})
	}
	k.ring = meshcore.NewKeyRing(k.before())
	return k, nil
}

// before are the channels that need no store.
func (k *channelKeys) before() []meshcore.Channel {
	all := []meshcore.Channel{{Name: "Public", Key: meshcore.PublicChannelKey()}}
	return slices.Concat(all, k.configured, k.simulated)
}

// keep stores what the configuration gives, so that a backup has it, and takes
// what the store has. A configuration that lists channels is in charge of what
// configurations gave: what it no longer lists is forgotten. One that lists none,
// as beside a restored directory, takes nothing away.
func (k *channelKeys) keep(s *store.Store, log *slog.Logger) {
	known := map[meshcore.ChannelKey]store.ChannelKey{}
	for _, c := range s.ChannelKeys() {
		known[c.Key] = c
		listed := slices.ContainsFunc(k.configured, func(o meshcore.Channel) bool { return o.Key == c.Key })
		if c.Origin == store.OriginConfig && len(k.configured) > 0 && !listed {
			s.DeleteChannelKey(c.Key)
			log.Info("channel is no longer in the configuration; its key is forgotten", "channel", c.Name)
		}
	}
	for _, c := range k.configured {
		if o, ok := known[c.Key]; !ok || o.Origin == store.OriginConfig && o.Name != c.Name {
			s.PutChannelKey(c.Name, c.Key, store.OriginConfig)
		}
	}
	k.take(s)
}

// take makes the ring again after the store's keys have changed.
func (k *channelKeys) take(s *store.Store) {
	k.mu.Lock()
	defer k.mu.Unlock()
	all := k.before()
	for _, c := range s.ChannelKeys() {
		all = append(all, meshcore.Channel{Name: c.Name, Key: c.Key})
	}
	k.ring.Replace(all)
}

// give keeps the key of a channel that the operator has given.
func (k *channelKeys) give(s *store.Store, c meshcore.Channel) {
	s.PutChannelKey(c.Name, c.Key, store.OriginBrowser)
	k.change(s)
}

// forget lets go of a key that the operator has given, and tells whether there
// was one.
func (k *channelKeys) forget(s *store.Store, key meshcore.ChannelKey) bool {
	if !s.DeleteChannelKey(key) {
		return false
	}
	k.change(s)
	return true
}

func (k *channelKeys) change(s *store.Store) {
	k.take(s)
	select {
	case k.changed <- struct{}{}:
	default:
	}
}

// rereadEvery is between two looks for hours that were read while keys changed.
const rereadEvery = 10 * time.Second

// reread has the index read what is held with the keys that there are, whenever
// they have changed, until ctx is done.
func (a *appliance) reread(ctx context.Context) {
	s, err := a.loadGate.Wait(ctx)
	if err != nil {
		return
	}
	lists, err := a.indexes.Gates().Lists.Wait(ctx)
	if err != nil {
		return
	}
	payload := func(tx uint64) (meshcore.Type, []byte, bool) {
		t, ok := s.PacketByID(tx)
		return t.Type, t.Payload, ok
	}
	tick := time.NewTicker(rereadEvery)
	defer tick.Stop()
	for {
		lists.Channels.Reread(ctx, payload)
		select {
		case <-a.keys.changed:
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
