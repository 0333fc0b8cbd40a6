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

func (r *register) signIn(c *conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.conns[c]; ok {
		r.conns[c] = true
	}
}

func (r *register) remove(c *conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, c)
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
