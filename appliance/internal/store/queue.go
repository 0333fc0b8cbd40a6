package store

import "time"

// wait queues a frame. Too many are given up for a checkpoint.
func (f *files) wait(w *waitingFrame) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting = append(f.waiting, w)
	f.waitingSize += int64(len(w.raw))
	if f.waitingSize > maxWaiting {
		f.waiting, f.waitingSize = nil, 0
		f.dropped, f.droppedTo, f.wantPoint = true, w.number, true
	}
}

func (f *files) idle() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.waiting) == 0 && !f.dropped && f.h.LastError == ""
}

// head is the frame to write next; nil if there is none, or if a checkpoint
// must come first.
func (f *files) head() *waitingFrame {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.waiting) == 0 || f.dropped {
		return nil
	}
	return f.waiting[0]
}

// written takes the first frame off the queue, unless it was given up while it
// was being written.
func (f *files) written(number uint64, size int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.waiting) > 0 && f.waiting[0].number == number {
		f.waitingSize -= int64(len(f.waiting[0].raw))
		f.waiting = f.waiting[1:]
	}
	f.h.JournalBytes += int64(size)
	f.h.Written.Journal += int64(size)
}

func (f *files) askPoint() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wantPoint = true
}

func (f *files) pointWanted() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.wantPoint || f.point != nil
}

// pointDue tells whether a checkpoint is to be made at a frame. It notes that
// one is under way.
func (f *files) pointDue(frame uint64, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if frame == f.h.CheckpointFrame && !f.dropped {
		f.wantPoint = false
		return false
	}
	if f.lastPoint.IsZero() || f.lastPoint.After(now) {
		f.lastPoint = now
	}
	due := f.wantPoint || f.h.JournalBytes >= pointBytes || now.Sub(f.lastPoint) >= pointAge
	if due {
		f.wantPoint = false
		f.pointFrom = f.h.JournalBytes
	}
	return due
}

func (f *files) setPoint(w *pointWalk) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.point = w
}

func (f *files) pendingPoint() *pointWalk {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.point
}

// endPoint notes how a checkpoint went. A failed one is wanted again.
func (f *files) endPoint(w *pointWalk, size int64, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w.finished.Store(true)
	f.point = nil
	f.h.Written.Checkpoints += size
	if err != nil {
		f.wantPoint = true
		return
	}
	f.checkpoints = append(f.checkpoints, w.frame)
	f.h.CheckpointFrame, f.lastPoint = w.frame, f.now()
	f.h.JournalBytes -= min(f.pointFrom, f.h.JournalBytes)
	if f.dropped = f.dropped && w.frame < f.droppedTo; f.dropped {
		f.wantPoint = true // the walk began before the last frame was given up
	}
	for len(f.waiting) > 0 && f.waiting[0].number <= w.frame {
		f.waitingSize -= int64(len(f.waiting[0].raw))
		f.waiting = f.waiting[1:]
	}
}

// outdated gives, and forgets, the checkpoints that two newer ones follow, and
// the segments whose frames are all in the older of the two.
func (f *files) outdated() (checkpoints, segments []uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.checkpoints) < 2 {
		return nil, nil
	}
	n := len(f.checkpoints) - 2
	checkpoints, f.checkpoints = f.checkpoints[:n:n], f.checkpoints[n:]
	older := f.checkpoints[0]
	for len(f.segments) > 1 && f.segments[1] <= older+1 {
		segments, f.segments = append(segments, f.segments[0]), f.segments[1:]
	}
	return checkpoints, segments
}

func (f *files) newSegment(first uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.segments = append(f.segments, first)
}
