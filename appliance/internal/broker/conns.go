package broker

import "sync"

// add counts a connection in, unless the broker has ended or has too many.
// The group grows under the lock that shut takes, so that waiting for it is
// not overtaken.
func (r *register) add(c *conn, limit int, group *sync.WaitGroup) (ok, full bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false, false
	}
	if len(r.conns) >= limit {
		return false, true
	}
	r.conns[c] = false
	group.Add(1)
	return true, false
}

// signIn notes that a client has signed in. Where another has its id that one
// is returned instead, and has to go first.
func (r *register) signIn(c *conn) (other *conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for o, signedIn := range r.conns {
		if signedIn && o != c && o.id == c.id {
			return o
		}
	}
	if _, ok := r.conns[c]; ok {
		r.conns[c] = true
	}
	return nil
}

func (r *register) remove(c *conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, c)
	close(c.gone)
}

// shut lets no more connections in and returns those there are.
func (r *register) shut() []*conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	var all []*conn
	for c := range r.conns {
		all = append(all, c)
	}
	return all
}

func (r *register) problem() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state.Error
}
