package simmesh

import "testing"

// demonstration is the past of a demonstration: six hours, two messages a second.
func demonstration() Config {
	cfg := DefaultConfig()
	cfg.Nodes, cfg.Observers, cfg.Hours, cfg.Observations = 300, 12, 6, 43_200
	return cfg
}

func BenchmarkPast(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		l, err := NewLive(demonstration())
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		if err := l.Past(func(Message) error { n++; return nil }); err != nil || n < 43_200 {
			b.Fatal(n, err)
		}
	}
}

func BenchmarkNext(b *testing.B) {
	l, err := NewLive(demonstration())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		l.Next()
	}
}
