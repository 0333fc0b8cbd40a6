package main

import (
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
)

// channelKeys are the channels whose packets are opened: the public one, those
// of the configuration, a demo's, and those that the store has.
type channelKeys struct {
	ring       *meshcore.KeyRing
	configured []meshcore.Channel
	simulated  []meshcore.Channel

	mu sync.Mutex // held while the ring is made from the store
}

// newChannelKeys reads the configuration's keys. The ring holds what is known
// before the store is loaded.
func newChannelKeys(channels []ChannelConfig, simulated []meshcore.Channel) (*channelKeys, error) {
	k := &channelKeys{simulated: simulated}
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
