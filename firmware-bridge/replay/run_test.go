package replay

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hilltop/firmware-bridge/observer"
)

// at makes a recording with messages at the given milliseconds.
func at(t *testing.T, ms ...int) *Recording {
	var b strings.Builder
	for _, m := range ms {
		fmt.Fprintf(&b, `{"t": %d, "topic": "x", "payload": {}}`+"\n", int64(1767245318000)+int64(m))
	}
	return record(t, []byte(b.String()))
}

// played runs a recording in simulated time and returns when each message came, ms.
func played(t *testing.T, r *Recording, speed float64) []int64 {
	t.Helper()
	begun := time.Now()
	var got []int64
	err := r.Run(t.Context(), speed, func(observer.Envelope) error {
		got = append(got, time.Since(begun).Milliseconds())
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return got
}

func TestRunKeepsThePace(t *testing.T) {
	for _, c := range []struct {
		speed float64
		ms    []int
		want  string
	}{
		{1, []int{0, 500, 500, 2000}, "[0 500 500 2000]"},
		{10, []int{0, 500, 2000}, "[0 50 200]"},
		{0.5, []int{100, 600}, "[0 1000]"},
		{0, []int{0, 500, 90_000}, "[0 0 0]"},
		{1, []int{5000, 6000, 1000, 1500}, "[0 1000 1000 1500]"}, // the time goes back
	} {
		synctest.Test(t, func(t *testing.T) {
			if got := fmt.Sprint(played(t, at(t, c.ms...), c.speed)); got != c.want {
				t.Errorf("speed %v, %v: came at %s, want %s", c.speed, c.ms, got, c.want)
			}
		})
	}
}

// TestRunCatchesUp: what a slow receiver delays does not delay the rest.
func TestRunCatchesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		var got []int64
		err := at(t, 0, 100, 200, 1000).Run(t.Context(), 1, func(observer.Envelope) error {
			got = append(got, time.Since(begun).Milliseconds())
			if len(got) == 1 {
				time.Sleep(400 * time.Millisecond)
			}
			return nil
		})
		if want := "[0 400 400 1000]"; err != nil || fmt.Sprint(got) != want {
			t.Errorf("came at %v, want %s; %v", got, want, err)
		}
	})
}

func TestRunEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		n := 0
		err := at(t, 0, 3_600_000).Run(ctx, 1, func(observer.Envelope) error { n++; return nil })
		if !errors.Is(err, context.DeadlineExceeded) || n != 1 {
			t.Errorf("%d messages, %v", n, err)
		}
	})
}

func TestRunEndsWithTheReceiver(t *testing.T) {
	full := errors.New("full")
	if err := at(t, 0, 1).Run(t.Context(), 0, func(observer.Envelope) error { return full }); !errors.Is(err, full) {
		t.Error(err)
	}
}

func TestRunReportsBrokenFilesAtTheEnd(t *testing.T) {
	r := at(t, 0, 1)
	r.files = []string{t.TempDir() + "/none"}
	n := 0
	err := r.Run(t.Context(), 0, func(observer.Envelope) error { n++; return nil })
	if err == nil || n != 2 {
		t.Errorf("%d messages, %v", n, err)
	}
}
