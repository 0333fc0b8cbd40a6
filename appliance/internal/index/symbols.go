package index

import "sync"

// symbol is a hop's number among those seen; 0 is none.
type symbol uint16

const symbolsMost = 1<<16 - 1

// symbols numbers hops, so that four of them fit a word. There is room for the
// hops of any mesh; when junk has filled it, hops that come then have none.
type symbols struct {
	mu    sync.RWMutex
	of    map[hopCode]symbol // guarded by mu
	codes []hopCode          // guarded by mu; codes[s-1] has symbol s
}

func newSymbols() *symbols { return &symbols{of: map[hopCode]symbol{}} }

// intern gives a hop's symbol, a new one if it has none; 0 if there is no room.
func (s *symbols) intern(c hopCode) symbol {
	if n := s.find(c); n != 0 {
		return n
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.of[c]; n != 0 || len(s.codes) >= symbolsMost {
		return n
	}
	s.codes = append(s.codes, c)
	s.of[c] = symbol(len(s.codes))
	return symbol(len(s.codes))
}

// find gives a hop's symbol, 0 if it has none.
func (s *symbols) find(c hopCode) symbol {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.of[c]
}

// full tells whether there may be hops without a symbol.
func (s *symbols) full() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.codes) >= symbolsMost
}

// list gives the hops by symbol: that of symbol n is at n-1. It is not to be
// changed.
func (s *symbols) list() []hopCode {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.codes[:len(s.codes):len(s.codes)]
}

// symbolCache is a builder's own copy of the symbols it has met.
type symbolCache struct {
	all  *symbols
	one  [256]symbol
	two  []symbol // 65,536 of them, made when a hop of two bytes comes
	more map[hopCode]symbol
}

func (c *symbolCache) of(code hopCode) symbol {
	switch code.width() {
	case 1:
		return c.fill(&c.one[code>>16&0xFF], code)
	case 2:
		if c.two == nil {
			c.two = make([]symbol, 1<<16)
		}
		return c.fill(&c.two[code>>8&0xFFFF], code)
	}
	if n := c.more[code]; n != 0 {
		return n
	}
	n := c.all.intern(code)
	if n != 0 {
		c.more[code] = n
	}
	return n
}

func (c *symbolCache) fill(p *symbol, code hopCode) symbol {
	if *p == 0 {
		*p = c.all.intern(code)
	}
	return *p
}
