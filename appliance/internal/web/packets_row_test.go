package web

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http/httptest"
	"testing"
	"time"

	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
)

// The address that unfolds a row is that of its query, whatever the list's is.
func TestUnfoldIsTheAddressOfItsQuery(t *testing.T) {
	hash := meshcore.Hash{0x3f, 0x2a, 0xff, 1, 2, 3, 4, 5}
	for order := range receptionOrders() {
		for _, hexed := range []bool{false, true} {
			q := packetsQuery{filter: filter{Types: []meshcore.Type{4}}, Rows: 200, Receptions: report.ReceptionOrder(order), Hex: hexed}
			want := packetsQuery{filter: filter{Hash: hash.String()}, Open: 1 << 50, Receptions: q.Receptions, Hex: hexed}.at("/packets")
			if got := q.unfold(hash, 1<<50); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	}
}

// Words for probabilities are as they would be worked out one by one.
func TestPercentTexts(t *testing.T) {
	for i := range 2001 {
		p := float64(i) / 2000
		want := fmt.Sprintf("%.0f %%", math.Floor(100*p))
		switch {
		case p >= 0.995:
			want = "over 99 %"
		case p < 0.005:
			want = "under 1 %"
		}
		if got := percentText(p); got != want {
			t.Errorf("%v: got %q, want %q", p, got, want)
		}
	}
}

// A moment reads the same in every zone as when its parts are formatted one by one.
func TestMomentInAnyZone(t *testing.T) {
	for _, zone := range []string{"UTC", "America/Los_Angeles", "Asia/Kathmandu"} {
		at, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Date(2026, 3, 9, 0, 30, 0, 0, at)
		for hours := range 100 {
			when := now.Add(-time.Duration(hours)*29*time.Minute - 123*time.Millisecond)
			got := moment(when.UnixMilli(), now)
			text := when.Format("2006-01-02 15:04:05")
			if when.Format(time.DateOnly) == now.Format(time.DateOnly) {
				text = when.Format("15:04:05")
			}
			if got.Text != text || got.Full != when.Format("2006-01-02 15:04:05.000 MST") || got.ISO != when.UTC().Format("2006-01-02T15:04:05.000Z") {
				t.Errorf("%s: got %+v", when, got)
			}
		}
	}
}

// A path in a string is what encoding it would give.
func TestPathJSON(t *testing.T) {
	for _, hops := range [][]string{{}, {"0A"}, {"A3B4", "FF", "0102FE"}} {
		want, err := json.Marshal(hops)
		if err != nil {
			t.Fatal(err)
		}
		if got := pathJSON(hops); got != string(want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// An answer comes out as it went in, whatever its length, and from a compressor that
// has been used.
func TestWriteAtEveryLength(t *testing.T) {
	s := &Server{}
	for _, size := range []int{zipFrom - 1, zipFrom, zipPartLeast, 2*zipPartLeast - 1, 2 * zipPartLeast, 2*zipPartLeast + 1, 2 * zipPartMost, 2*zipPartMost + 1, 9*zipPartMost - 1, zipFrom} {
		body := make([]byte, 0, size)
		for i := 0; len(body) < size; i++ {
			body = fmt.Appendf(body, "packet %d, ", i*i)
		}
		body = body[:size]
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Encoding", "gzip")
		w := httptest.NewRecorder()
		s.write(w, r, 200, body)
		got := io.Reader(w.Body)
		if w.Header().Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			got = z
		} else if size >= zipFrom {
			t.Errorf("%d bytes are not compressed", size)
		}
		if all, err := io.ReadAll(got); err != nil || !bytes.Equal(all, body) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

// What an unusually long page was rendered into is not kept; what is usual is.
func TestLargeBuffersAreNotKept(t *testing.T) {
	var large bytes.Buffer
	large.Grow(spareMost + 1)
	giveBack(&large)
	for range 100 {
		if b := spareBuffer.Get().(*bytes.Buffer); b == &large || b.Cap() > spareMost {
			t.Fatalf("a buffer of %d bytes was kept", b.Cap())
		}
	}
}
