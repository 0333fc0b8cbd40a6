package report

import (
	"context"
	"math"
	"slices"
	"time"

	"hilltop/appliance/internal/figure"
	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/mesh"
	"hilltop/firmware-bridge/meshcore"
)

// ObserverSpan is what one observer received within a span of time, by steps of
// equal length.
type ObserverSpan struct {
	From       int64 // where the first step begins, Unix ms
	Each       time.Duration
	Receptions []int64 // by step
	Nodes      []int   // by step: different known nodes of which it received an advert
	AllNodes   int     // the same of the whole span
	Total      figure.Count
	Types      []TypeCount // most receptions first
	SNR        []SNRBin    // from the least to the greatest that there was, without a gap
	NoSNR      int64       // receptions that had none
}

// TypeCount counts receptions of a payload type.
type TypeCount struct {
	Type       meshcore.Type
	Receptions int64
}

// SNRBin counts receptions by their SNR.
type SNRBin struct {
	Least      int // dB; the bin ends before Least + SNRBinWidth
	Receptions int64
}

// SNRBinWidth is the width of a bin, in dB.
const SNRBinWidth = 2

// Span counts what an observer received in so many steps of whole hours up to now;
// the last of them is not over. Its error is that of ctx.
func (o Observers) Span(ctx context.Context, num uint32, each time.Duration, steps int, now int64) (ObserverSpan, error) {
	return o.span(ctx, num, each, steps, now, nil)
}

// SpanOfAll is Span with the nodes that certainly relayed what the observer
// received among those of which it received an advert. The index is needed.
func (o Observers) SpanOfAll(ctx context.Context, num uint32, each time.Duration, steps int, now int64) (ObserverSpan, error) {
	return o.span(ctx, num, each, steps, now, o.Index.Nodes.Naming())
}

func (o Observers) span(ctx context.Context, num uint32, each time.Duration, steps int, now int64, names index.Naming) (ObserverSpan, error) {
	step := each.Milliseconds()
	out := ObserverSpan{From: now - now%step - int64(steps-1)*step, Each: each}
	in := span{out.From, out.From + int64(steps)*step}
	f := figure.Always()
	f.From, f.To, f.Observers = in.from, in.to, []uint32{num}
	want := figure.Want{
		Timeline: figure.Timeline{From: out.From, Each: each, Buckets: steps},
		Tables:   []figure.Table{{By: figure.ByType}, {By: figure.BySNR}},
	}
	copies := span{in.from - episodeLength.Milliseconds(), in.to} // of transmissions that begin earlier, some copies are in it
	views := viewsIn(o.Store, copies)
	got, err := o.Memory.Run(ctx, hoursSeen(views.Hours, heardBy(num, views.Voices)), f, want)
	if err != nil {
		return out, err
	}
	out.Total = got.Total.Count
	for _, c := range got.Total.Timeline {
		out.Receptions = append(out.Receptions, c.Observations)
	}
	for _, r := range got.Tables[0] {
		out.Types = append(out.Types, TypeCount{meshcore.Type(r.Key), r.Observations})
	}
	slices.SortStableFunc(out.Types, func(a, b TypeCount) int { return int(b.Receptions - a.Receptions) })
	out.SNR, out.NoSNR = snrBins(got.Tables[1])
	heard, err := o.heardNodes(ctx, num, views, in, each, steps, names)
	out.count(heard)
	return out, err
}

// count counts different nodes.
func (s *ObserverSpan) count(heard []bitSet) {
	all := bitSet{}
	for _, step := range heard {
		s.Nodes = append(s.Nodes, step.size())
		all.join(step)
	}
	s.AllNodes = all.size()
}

// snrBins puts counts by quarter dB into bins.
func snrBins(rows []figure.Row) (bins []SNRBin, none int64) {
	for _, r := range rows { // by key: from the least on
		if r.Key == mesh.NoSNR {
			none = r.Observations
			continue
		}
		least := int(math.Floor(float64(r.Key)/4/SNRBinWidth)) * SNRBinWidth
		for len(bins) > 0 && bins[len(bins)-1].Least < least {
			bins = append(bins, SNRBin{Least: bins[len(bins)-1].Least + SNRBinWidth})
		}
		if len(bins) == 0 {
			bins = append(bins, SNRBin{Least: least})
		}
		bins[len(bins)-1].Receptions += r.Observations
	}
	return bins, none
}
