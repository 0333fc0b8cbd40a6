package figure

// openResult is what a question came to in parts of an hour's open records, by the
// serial of the part. It is not changed.
type openResult map[uint64][]byte

// partSize is what a result of a part takes beside its bytes, about.
const partSize = 48

func (r openResult) size() (n int) {
	for _, value := range r {
		n += partSize + len(value)
	}
	return n
}

// EachPart gives what a question comes to in each part of an hour's open records,
// whose states these serials tell apart: what count gives of the i-th, unless that
// is remembered of it. What is given must not be changed.
func (m *Memory) EachPart(question string, hour uint32, serials []uint64, count func(i int) []byte, each func(i int, value []byte)) {
	known := m.recallParts(question, hour)
	if len(serials)+len(known) == 0 {
		return
	}
	now, same := make(openResult, len(serials)), len(known) == len(serials)
	for i, serial := range serials {
		value, ok := known[serial]
		if !ok {
			value, same = count(i), false
		}
		now[serial] = value
		each(i, value)
	}
	if !same {
		m.rememberParts(question, hour, now)
	}
}

func (m *Memory) recallParts(question string, hour uint32) openResult {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if q := m.of(question); q != nil {
		return q.open[hour]
	}
	return nil
}

// rememberParts keeps what a question came to in parts of an hour, in place of what
// was kept of it before; of no part, nothing is kept.
func (m *Memory) rememberParts(question string, hour uint32, parts openResult) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	q := m.made(question)
	m.grow(q, parts.size()-q.open[hour].size())
	if q.open[hour] = parts; len(parts) == 0 {
		delete(q.open, hour)
	}
	m.trim()
}
