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
	heard := o.heardOpen(num, copies)
	hours := hoursOf(o.Store, copies.from, copies.to-1, func(id uint64) bool { return heard[id] })
	got, err := o.Memory.Run(ctx, hours, f, want)
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
	return out, o.heardNodes(ctx, num, in, &out)
}

// heardOpen are the open records of which an observer reported a copy, by ID.
func (o Observers) heardOpen(num uint32, in span) map[uint64]bool {
	held := o.Store.Views(in.mayHold)
	its := make([]bool, len(held.Voices))
	for i, v := range held.Voices {
		its[i] = v.Observer == num
	}
	ids := map[uint64]bool{}
	for i := range held.Hours {
		for _, head := range held.Hours[i].Heads {
			if slices.ContainsFunc(head.Voices, func(voice uint32) bool { return its[voice] }) {
				ids[head.ID] = true
			}
		}
	}
	return ids
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

// heardNodes counts the nodes whose adverts an observer received.
func (o Observers) heardNodes(ctx context.Context, num uint32, in span, out *ObserverSpan) error {
	observer, ok := o.Store.ObserverByNum(num)
	if !ok {
		return nil
	}
	f, err := Packets{Store: o.Store, Tallies: o.Tallies}.find(ctx, PacketSearch{
		Types: []meshcore.Type{meshcore.TypeAdvert}, Observers: []string{observer.ID}, From: in.from, To: in.to,
	}, mesh.Cursor{})
	if err != nil {
		return err
	}
	steps := make([]map[meshcore.PublicKey]bool, len(out.Receptions))
	for i := range steps {
		steps[i] = map[meshcore.PublicKey]bool{}
	}
	f.each(0, true, func(s spot) bool {
		key := f.sender(s)
		if n, known := o.Store.Node(key); known && n.FirstAdvert != 0 {
			steps[(s.first-in.from)/out.Each.Milliseconds()][key] = true
		}
		return ctx.Err() == nil
	})
	all := map[meshcore.PublicKey]bool{}
	for _, step := range steps {
		out.Nodes = append(out.Nodes, len(step))
		maps.Copy(all, step)
	}
	out.AllNodes = len(all)
	return ctx.Err()
}

// sender is the key that an advert begins with.
func (f *finder) sender(s spot) (key meshcore.PublicKey) {
	if s.row >= 0 {
		copy(key[:], s.view.Block.Payload(s.row))
	} else if sender := s.view.Heads[s.head].Sender; sender != nil {
		return *sender
	} else if tx, held := f.p.Store.PacketByID(s.id); held {
		copy(key[:], tx.Payload)
	}
	return key
}
