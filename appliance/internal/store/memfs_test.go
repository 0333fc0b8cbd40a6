package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

var errCrash = errors.New("the machine stopped")

// memFile is a file's bytes, those seen and those that a power cut leaves.
type memFile struct{ data, synced []byte }

// memFS is a file system in memory that can fail, and that can stop at any
// operation, after which only what was synced is there.
type memFS struct {
	mu      sync.Mutex
	files   map[string]*memFile // as processes see them
	durable map[string]*memFile // names that a power cut leaves
	locked  map[string]bool

	ops    int                         // operations so far
	stopAt int                         // crash before this one; 0 never
	torn   int                         // of an unsynced tail, bytes that a crash leaves
	fail   func(op, name string) error // nil: nothing fails
	slow   func(op string)             // called, with nothing held, before what takes a disk its time; nil: it takes none
}

func (m *memFS) takeTime(op string) {
	if m.slow != nil {
		m.slow(op)
	}
}

func newMemFS() *memFS {
	return &memFS{files: map[string]*memFile{}, durable: map[string]*memFile{}, locked: map[string]bool{}}
}

// op counts an operation and gives its fault. mu is held.
func (m *memFS) op(op, name string) error {
	m.ops++
	if m.stopAt > 0 && m.ops >= m.stopAt {
		return errCrash
	}
	if m.fail != nil {
		return m.fail(op, name)
	}
	return nil
}

// afterCrash is the file system as the next start finds it.
func (m *memFS) afterCrash() *memFS {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := newMemFS()
	for name, f := range m.durable {
		data := append([]byte(nil), f.synced...)
		if extra := len(f.data) - len(data); extra > 0 && len(data) > 0 {
			data = append(data, f.data[len(data):len(data)+min(extra, m.torn)]...)
		}
		g := &memFile{data: data, synced: data}
		n.files[name], n.durable[name] = g, g
	}
	return n
}

func (m *memFS) MkdirAll(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.op("mkdir", dir)
}

func (m *memFS) ReadDir(dir string) (names []string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name := range m.files {
		if filepath.Dir(name) == dir {
			names = append(names, filepath.Base(name))
		}
	}
	return names, m.op("readdir", dir)
}

func (m *memFS) ReadFile(name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.op("read", name); err != nil {
		return nil, err
	}
	f, ok := m.files[name]
	if !ok {
		return nil, os.ErrNotExist
	}
	return append([]byte(nil), f.data...), nil
}

func (m *memFS) Size(name string) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if f, ok := m.files[name]; ok {
		return int64(len(f.data)), m.op("size", name)
	}
	return 0, os.ErrNotExist
}

func (m *memFS) Create(name string) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.op("create", name); err != nil {
		return nil, err
	}
	if _, ok := m.files[name]; ok {
		return nil, os.ErrExist
	}
	f := &memFile{}
	m.files[name] = f
	return &memHandle{m, f, name}, nil
}

func (m *memFS) Rename(from, to string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.op("rename", from); err != nil {
		return err
	}
	f, ok := m.files[from]
	if !ok {
		return os.ErrNotExist
	}
	delete(m.files, from)
	m.files[to] = f
	return nil
}

func (m *memFS) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.op("remove", name); err != nil {
		return err
	}
	if _, ok := m.files[name]; !ok {
		return os.ErrNotExist
	}
	delete(m.files, name)
	return nil
}

func (m *memFS) Truncate(name string, size int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.op("truncate", name); err != nil {
		return err
	}
	f := m.files[name]
	f.data = f.data[:size:size]
	f.synced = f.data
	return nil
}

func (m *memFS) SyncDir(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.op("syncdir", dir); err != nil {
		return err
	}
	m.durable = map[string]*memFile{}
	for name, f := range m.files {
		m.durable[name] = f
	}
	return nil
}

func (m *memFS) Lock(name string) (func() error, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.op("lock", name); err != nil {
		return nil, err
	}
	if m.locked[name] {
		return nil, ErrInUse
	}
	m.locked[name] = true
	return func() error {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.locked, name)
		return nil
	}, nil
}

func (m *memFS) Free(string) (int64, int64, error) { return 1 << 30, 1 << 31, nil }

// list is the names of journal and checkpoint files, without those of the lock.
func (m *memFS) list() (names []string) {
	all, _ := m.ReadDir("data")
	return stateFiles(all)
}

// change alters the bytes of the one file whose name begins so.
func (m *memFS) change(prefix string, fn func(b []byte) []byte) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, f := range m.files {
		if strings.HasPrefix(filepath.Base(name), prefix) {
			f.data = fn(append([]byte(nil), f.data...))
			f.synced = f.data
			return filepath.Base(name)
		}
	}
	return ""
}

type memHandle struct {
	fs   *memFS
	f    *memFile
	name string
}

func (h *memHandle) Write(b []byte) (int, error) {
	h.fs.takeTime("write")
	h.fs.mu.Lock()
	defer h.fs.mu.Unlock()
	err := h.fs.op("write", h.name)
	n := len(b)
	if err != nil {
		n /= 2 // a torn write
	}
	if errors.Is(err, syscall.EROFS) {
		n = 0
	}
	h.f.data = append(h.f.data, b[:n]...)
	return n, err
}

func (h *memHandle) Sync() error {
	h.fs.takeTime("sync")
	h.fs.mu.Lock()
	defer h.fs.mu.Unlock()
	if err := h.fs.op("sync", h.name); err != nil {
		return err
	}
	h.f.synced = h.f.data[:len(h.f.data):len(h.f.data)]
	return nil
}

func (h *memHandle) Close() error { return nil }
