package record

import (
	"math"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/live"
	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/observer"
)

// packet takes a report of a frame. What an observer sent itself nobody heard:
// it shows that the observer is there, and is no observation.
func (w *writer) packet(p *parsed) {
	o := w.meet(p)
	w.alive(o)
	report := p.message.Packet
	if report.Direction == observer.TX {
		w.r.counters.sent()
		return
	}
	c := store.Copy{
		Hash: report.Hash, Type: report.Packet.Type, Payload: report.Packet.Payload,
		Verified: p.advert != nil && p.advert.reason == "",
		Obs:      w.observation(o, p),
		Feed:     w.feed(p),
	}
	w.settle(o)
	placed := w.store.Place(c)
	if placed.Duplicate {
		w.r.counters.duplicate()
		if placed.Measured && !placed.Hidden {
			w.r.o.Index.Apply(&index.Event{Seq: placed.Seq, Hour: placed.Hour, Improved: true})
		}
		return
	}
	w.project(p, c, placed)
}

// observation is what is stored of a report. Where it stands is decided here,
// once: where it was heard if the observer's clock has proven itself, else
// where it arrived.
func (w *writer) observation(o *observerState, p *parsed) mesh.Observation {
	report, arrived := p.message.Packet, p.arrived.UnixMilli()
	obs := mesh.Observation{
		At: arrived, Arrived: arrived,
		Observer: o.facts.Num,
		Region:   w.store.RegionNum(o.facts.Region),
		Sources:  1 << w.store.SourceNum(p.source),
		Header:   report.Packet.Header, Transport: report.Packet.Transport,
		PathLen: report.Packet.PathLen, Path: report.Packet.PathBytes,
	}
	signal(&obs, report)
	c := o.claimOf(&p.message, arrived)
	if c.has {
		obs.Claimed = c.stamp
		obs.Flags |= mesh.FlagClaimed
	}
	if o.learnClock(&p.message, c, arrived) {
		obs.Flags |= mesh.FlagLate
	}
	if c.known && o.facts.Clock.Proven {
		obs.At = min(c.at, arrived)
		obs.Flags |= mesh.FlagHeardStands
	}
	return obs
}

// signal takes over the measurements that are there and plausible.
func signal(obs *mesh.Observation, report *observer.PacketReport) {
	obs.SNR4, obs.RSSI, obs.Score = mesh.NoSNR, mesh.NoRSSI, mesh.NoScore
	if report.HasSNR && report.SNR4 > mesh.NoSNR && report.SNR4 <= math.MaxInt8 {
		obs.SNR4 = int8(report.SNR4)
	}
	if report.HasRSSI && report.RSSI >= -200 && report.RSSI < 0 {
		obs.RSSI = int16(report.RSSI)
	}
	if report.HasScore && report.Score >= 0 && report.Score <= 1 {
		obs.Score = int16(math.Round(report.Score * 1000))
	}
	if report.DurationMS > 0 && report.DurationMS <= math.MaxUint16 {
		obs.DurationMS = uint16(report.DurationMS)
	}
}

// feedsKept bounds the writer's memory of feeds' numbers; the store bounds the
// feeds themselves.
const feedsKept = 4096

func (w *writer) feed(p *parsed) uint32 {
	f := feed{p.source, p.client, p.message.Dialect}
	num, ok := w.feeds[f]
	if !ok {
		if len(w.feeds) >= feedsKept {
			clear(w.feeds)
		}
		num = w.store.FeedNum(f.source + "\x00" + f.client + "\x00" + string(f.dialect))
		w.feeds[f] = num
	}
	return num
}

// project tells indexes and pages of a new observation.
func (w *writer) project(p *parsed, c store.Copy, placed store.Placement) {
	e := eventOf(c, placed)
	if placed.New {
		w.content(&e, p)
	}
	if !placed.Hidden { // what waits for its hour to be loaded is on no page either
		w.r.o.Index.Apply(&e)
		if w.r.o.Names != nil {
			w.r.o.Names.Saw(e.Tx, e.Hour, e.First, e.New, e.Obs.Arrived)
		}
		w.tell(e)
	}
	if e.Advert != nil {
		w.learnNode(e)
	}
}

// eventOf is what indexes are told of a copy that is no duplicate, without what
// its payload says.
func eventOf(c store.Copy, placed store.Placement) index.Event {
	return index.Event{
		Seq: placed.Seq, Hour: placed.Hour, Tx: placed.ID, Hash: c.Hash, Type: c.Type, Payload: c.Payload,
		First: placed.First, Was: placed.Was, New: placed.New, Obs: c.Obs,
		Tree: placed.Tree, Fresh: placed.Fresh, Leaf: placed.Leaf,
	}
}

// compared tells indexes of a copy that had waited for an hour that was not
// loaded, and belongs to one that is. What its payload says was taken in when it
// came; to pages it is no news.
func (w *writer) compared(a *store.Again) {
	if a.Duplicate {
		w.r.o.Index.Apply(&index.Event{Seq: a.Seq, Hour: a.Hour, Improved: true})
		return
	}
	e := eventOf(a.Copy, a.Placement)
	if e.New && e.Type == meshcore.TypeGrpTxt {
		e.Text = index.ReadText(w.r.o.Keys, e.Payload)
	}
	if advert, reason := index.CheckAdvert(e.Payload); e.New && a.Verified && reason == "" {
		e.Advert = &advert
	}
	w.r.o.Index.Apply(&e)
	if w.r.o.Names != nil {
		w.r.o.Names.Saw(e.Tx, e.Hour, e.First, e.New, e.Obs.Arrived)
	}
}

// tell tells the pages of a new observation.
func (w *writer) tell(e index.Event) {
	kind := live.Copy
	if e.New {
		kind = live.Packet
	}
	event := live.Event{Kind: kind, At: e.Obs.At, Tx: e.Tx, Hash: e.Hash, Type: e.Type, Observer: e.Obs.Observer}
	w.publish(event)
	if e.Text != nil {
		event.Kind, event.Subject = live.Message, e.Text.Channel
		w.publish(event)
	}
}

// content reads a new transmission's payload.
func (w *writer) content(e *index.Event, p *parsed) {
	switch {
	case e.Type == meshcore.TypeGrpTxt:
		e.Text = index.ReadText(w.r.o.Keys, e.Payload)
	case p.advert == nil:
	case p.advert.reason == "":
		e.Advert = &p.advert.advert
	default:
		w.store.CountRejected(mesh.RejectedAdvert{
			At: e.First, Hash: e.Hash, Key: p.advert.advert.Key, Observer: e.Obs.Observer, Reason: p.advert.reason,
		})
	}
}
