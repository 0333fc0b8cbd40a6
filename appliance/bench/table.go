package main

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// table is printed as Markdown.
type table struct{ rows [][]string }

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// print writes the rows below a header, columns aligned.
func (t *table) print(header ...string) {
	rows := append([][]string{header}, t.rows...)
	widths := make([]int, len(header))
	for _, r := range rows {
		for i, c := range r {
			widths[i] = max(widths[i], len([]rune(c)))
		}
	}
	for i, r := range rows {
		for k, c := range r {
			fmt.Print("| ", c, strings.Repeat(" ", widths[k]-len([]rune(c))), " ")
		}
		fmt.Println("|")
		if i == 0 {
			fmt.Println(strings.Repeat("|---", len(header)) + "|")
		}
	}
}

// machine names processor, cores and system.
func machine() string {
	model := runtime.GOARCH
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(b)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	load := ""
	if b, err := os.ReadFile("/proc/loadavg"); err == nil {
		load = ", load " + strings.Fields(string(b))[0]
	}
	return fmt.Sprintf("%s, %d cores%s, %s/%s, %s", model, runtime.NumCPU(), load, runtime.GOOS, runtime.GOARCH, runtime.Version())
}

// thousands writes a number with commas.
func thousands[T ~int | ~int64 | ~uint64](n T) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// round gives three digits.
func round(f float64) string {
	switch {
	case f == 0:
		return "0"
	case math.Abs(f) >= 100:
		return thousands(int64(math.Round(f)))
	case math.Abs(f) >= 10:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.2f", f)
}

func megabytes(n int64) string { return round(float64(n)/(1<<20)) + " MB" }

func seconds(d time.Duration) string {
	if d < time.Second {
		return round(float64(d.Microseconds())/1000) + " ms"
	}
	return round(d.Seconds()) + " s"
}

func millis(d time.Duration) string { return round(float64(d.Microseconds()) / 1000) }

// quantile is the least of the values that q of them do not exceed.
func quantile[T cmp.Ordered](values []T, q float64) T {
	if len(values) == 0 {
		var none T
		return none
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)]
}
