package figure

import (
	"sync"
)

// Memory remembers results of sealed hours: what a question came to there. They
// have no age: each is of one state of an hour's rows, and is not found for
// another. What was not asked for longest is forgotten when there is no room.
// A nil Memory remembers nothing. It may be used by many at once.
type Memory struct {
	room int

	mu        sync.Mutex
	used      int                    // guarded by mu; bytes
	asked     uint64                 // guarded by mu; questions so far
	questions map[string]*remembered // guarded by mu
}

// remembered is what is known of one question.
type remembered struct {
	asked uint64 // when it was last
	used  int    // bytes
	hours map[uint32]hourResult
}

// hourResult is what it came to in an hour.
type hourResult struct {
	state string // of the hour's rows
	value []byte
}

// resultSize is about what a result takes beside its bytes.
const resultSize = 96

// NewMemory makes a memory with room for so many bytes.
func NewMemory(room int) *Memory { return &Memory{room: room, questions: map[string]*remembered{}} }

// Recall gives what is remembered of a question for an hour in a state; false
// if nothing is. It must not be changed.
func (m *Memory) Recall(question string, hour uint32, state string) ([]byte, bool) {
	if m == nil {
		return nil, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	q := m.questions[question]
	if q == nil {
		return nil, false
	}
	m.asked++
	q.asked = m.asked
	r, ok := q.hours[hour]
	return r.value, ok && r.state == state
}

// Remember keeps what a question came to in an hour in a state, in place of what
// it came to in another. The value is the memory's from then on.
func (m *Memory) Remember(question string, hour uint32, state string, value []byte) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	q := m.questions[question]
	if q == nil {
		q = &remembered{hours: map[uint32]hourResult{}, used: len(question)}
		m.used += len(question)
		m.questions[question] = q
	}
	m.asked++
	q.asked = m.asked
	m.grow(q, -q.hours[hour].size())
	q.hours[hour] = hourResult{state, value}
	m.grow(q, q.hours[hour].size())
	for m.used > m.room {
		m.forget()
	}
}

func (r hourResult) size() int {
	if r.state == "" {
		return 0
	}
	return resultSize + len(r.state) + len(r.value)
}

func (m *Memory) grow(q *remembered, bytes int) {
	q.used += bytes
	m.used += bytes
}

// forget lets go of the question that was not asked for longest. mu is held.
func (m *Memory) forget() {
	oldest := ""
	for question, q := range m.questions {
		if oldest == "" || q.asked < m.questions[oldest].asked {
			oldest = question
		}
	}
	m.used -= m.questions[oldest].used
	delete(m.questions, oldest)
}
