package report

import (
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"hilltop/appliance/internal/figure"
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

// Span counts what an observer received in so many steps up to now; the last of
// them is not over. Its error is that of ctx.
func (o Observers) Span(ctx context.Context, num uint32, each time.Duration, steps int, now int64) (ObserverSpan, error) {
	out, _, heard, err := o.span(ctx, num, each, steps, now)
	if err == nil {
		out.count(heard)
	}
	return out, err
}

// SpanOfAll is Span with the nodes that certainly relayed what the observer
// received among those of which it received an advert. The index is needed.
func (o Observers) SpanOfAll(ctx context.Context, num uint32, each time.Duration, steps int, now int64) (ObserverSpan, error) {
	out, relays, heard, err := o.span(ctx, num, each, steps, now, figure.Table{By: figure.ByRelay, Timeline: true})
	if err != nil {
		return out, err
	}
	names := o.Index.Nodes.Naming()
	for _, row := range relays[0] {
		key, ok := names.One(figure.HopOf(row.Key))
		if !ok {
			continue
		}
		for i, c := range row.Timeline {
			if c.Transmissions > 0 {
				heard[i][key] = true
			}
		}
	}
	out.count(heard)
	return out, nil
}

// span counts, and gives further tables and by step the nodes whose adverts the
// observer received.
func (o Observers) span(ctx context.Context, num uint32, each time.Duration, steps int, now int64, further ...figure.Table) (ObserverSpan, [][]figure.Row, []map[meshcore.PublicKey]bool, error) {
	step := each.Milliseconds()
	out := ObserverSpan{From: now - now%step - int64(steps-1)*step, Each: each}
	in := span{out.From, out.From + int64(steps)*step}
	f := figure.Always()
	f.From, f.To, f.Observers = in.from, in.to, []uint32{num}
	want := figure.Want{
		Timeline: figure.Timeline{From: out.From, Each: each, Buckets: steps},
		Tables:   append([]figure.Table{{By: figure.ByType}, {By: figure.BySNR}}, further...),
	}
	// Of transmissions that begin earlier, some copies are in the span.
	got, err := o.Memory.Run(ctx, hoursOf(o.Store, in.from-episodeLength.Milliseconds(), in.to-1), f, want)
	if err != nil {
		return out, nil, nil, err
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
	heard, err := o.heardNodes(ctx, num, in, each, steps)
	return out, got.Tables[2:], heard, err
}

// count counts different nodes.
func (s *ObserverSpan) count(heard []map[meshcore.PublicKey]bool) {
	all := map[meshcore.PublicKey]bool{}
	for _, step := range heard {
		s.Nodes = append(s.Nodes, len(step))
		maps.Copy(all, step)
	}
	s.AllNodes = len(all)
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

// heardNodes finds by step the known nodes whose adverts an observer received.
func (o Observers) heardNodes(ctx context.Context, num uint32, in span, each time.Duration, steps int) ([]map[meshcore.PublicKey]bool, error) {
	heard := make([]map[meshcore.PublicKey]bool, steps)
	for i := range heard {
		heard[i] = map[meshcore.PublicKey]bool{}
	}
	observer, ok := o.Store.ObserverByNum(num)
	if !ok {
		return heard, nil
	}
	f, err := Packets{Store: o.Store}.find(ctx, PacketSearch{
		Types: []meshcore.Type{meshcore.TypeAdvert}, Observers: []string{observer.ID}, From: in.from, To: in.to,
	}, mesh.Cursor{})
	if err != nil {
		return heard, err
	}
	f.each(0, true, func(s spot) bool {
		key := f.sender(s)
		if n, known := o.Store.Node(key); known && n.FirstAdvert != 0 {
			heard[(s.first-in.from)/each.Milliseconds()][key] = true
		}
		return ctx.Err() == nil
	})
	return heard, ctx.Err()
}

// sender is the key that an advert begins with.
func (f *finder) sender(s spot) (key meshcore.PublicKey) {
	if s.row >= 0 {
		copy(key[:], s.view.Block.Payload(s.row))
	} else if tx, held := f.p.Store.PacketByID(s.id); held {
		copy(key[:], tx.Payload)
	}
	return key
}
