package survey

import (
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// scopes are the names that are tried on transport codes, in their order: of
// two that give the same code the first is taken, always.
type scopes struct {
	names []string
	keys  [][16]byte
}

func newScopes(names []string) (s scopes) {
	for _, name := range names {
		key := meshcore.RegionKey(name)
		s.names, s.keys = append(s.names, name), append(s.keys, key)
	}
	return s
}

// of names the scope of a flood: "" if it is none that is known. False if the
// flood is not scoped.
func (s scopes) of(t *mesh.Scanned) (name string, scoped bool) {
	if !meshcore.Route(t.Tree.Header&3).HasTransport() || t.Tree.Transport[0] == 0 {
		return "", false
	}
	for i, key := range s.keys {
		if meshcore.RegionCode(key, t.Type, t.Payload) == t.Tree.Transport[0] {
			return s.names[i], true
		}
	}
	return "", true
}

// scope counts a flood by its scope. An unknown scope does not overwrite what is
// known of an originator.
func (c *counter) scope(t *mesh.Scanned) {
	if t.Tree.Width == 0 {
		return
	}
	h := c.hour()
	if t.Tree.Len() > 0 {
		h.Relayed++
	}
	name, scoped := c.scopes.of(t)
	for hop := range c.hops {
		c.carried(hop, name, scoped)
	}
	switch {
	case !scoped:
		h.Unscoped++
		return
	case name == "":
		h.Unknown++
		return
	}
	h.Named[name]++
	var key meshcore.PublicKey
	if !t.Verified || copy(key[:], t.Payload) != len(key) {
		return
	}
	if was := c.day.Default[key]; was.At < t.First || was.At == t.First && name < was.Name {
		c.day.Default[key] = Scoped{name, t.First}
	}
}

// carried counts a flood of a scope that relays with this hop sent on.
func (c *counter) carried(hop meshcore.Hop, name string, scoped bool) {
	s := c.day.Carried[hop]
	if s == nil {
		s = &Carried{Named: map[string]int64{}}
		c.day.Carried[hop] = s
	}
	switch {
	case !scoped:
		s.Unscoped++
	case name == "":
		s.Unknown++
	default:
		s.Named[name]++
	}
}
