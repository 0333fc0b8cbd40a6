package web

import (
	"net/http"
	"slices"
	"strconv"

	"hilltop/appliance/internal/report"
	"hilltop/ui"
	"hilltop/ui/part"
)

// orderChannels orders the table of channels that cannot be read as the address
// of the list asks.
func orderChannels(p *ui.ChannelsPage, r *http.Request) error {
	o, err := readTableOrders(r, false, "locked-table")
	if err != nil {
		return err
	}
	_, p.Unfolded = o.by["locked-table"]
	p.Heads = ui.Heads{}
	p.Heads["locked-table"], err = orderTable(o, "locked-table", ui.LockedColumns(), p.Locked, func(r ui.LockedRow) []ui.Cell {
		return []ui.Cell{{Code: r.Byte}, {Text: r.Why}, {Text: r.Packets}, {When: &r.Last}}
	})
	return err
}

// orderNode orders the tables of a node's page as its address asks.
func orderNode(p *ui.NodePage, r *http.Request) error {
	o, err := readTableOrders(r, false, "direct-table", "adverts-table", "relayed-table", "paths-table", "clock-resets", "width-spells", "names", "places", "cut-off", "cut-off-likely", "clash-table")
	if err != nil {
		return err
	}
	p.Heads = ui.Heads{}
	if p.Heads["direct-table"], err = orderTable(o, "direct-table", ui.DirectColumns(), p.Direct, func(r ui.DirectRow) []ui.Cell {
		return []ui.Cell{{Named: &r.Observer}, {Alien: r.Region}, {Text: r.Copies}, {Text: r.SNR}, {Text: r.Range}, {Text: r.RSSI}, {When: &r.Last}}
	}); err != nil {
		return err
	}
	if p.Heads["adverts-table"], err = orderTable(o, "adverts-table", ui.NodeAdvertColumns(), p.Adverts, func(r ui.NodePacket) []ui.Cell {
		return slices.Delete(nodePacketCells(r), 1, 3)
	}); err != nil {
		return err
	}
	if p.Heads["relayed-table"], err = orderTable(o, "relayed-table", ui.NodePacketColumns(), p.Relayed, nodePacketCells); err != nil {
		return err
	}
	if p.Heads["paths-table"], err = orderTable(o, "paths-table", ui.NodePathColumns(), p.Paths, func(r ui.NodePath) []ui.Cell {
		return []ui.Cell{{Text: hopsWord(r.Hops)}, {Text: r.Packets}, {When: &r.Last}, {Code: r.Sample}}
	}); err != nil {
		return err
	}
	return o.orderPanels(p.Panels)
}

func nodePacketCells(r ui.NodePacket) []ui.Cell {
	return []ui.Cell{
		{When: &r.When}, {Text: r.Type.Word}, {Text: r.Say.Who.Text + r.Say.Text + r.Say.Note}, {Code: r.Hash}, {Text: r.Route}, {Text: r.Width},
		{Text: r.Copies}, {Text: r.Observers}, {Named: &r.By}, {Text: r.SNR}, {Text: r.RSSI},
	}
}

// hopsWord is a path by which it is ordered: its hops as they were sent.
func hopsWord(hops []part.HopName) (s string) {
	for _, h := range hops {
		s += h.Hex + " "
	}
	return s
}

// orderPacket orders the receptions of a packet's page as its address asks.
func orderPacket(p *ui.PacketPage, d report.PacketDetail, r *http.Request) error {
	o, err := readTableOrders(r, false, "receptions-table")
	if err != nil {
		return err
	}
	p.Heads = ui.Heads{}
	p.Heads["receptions-table"], err = orderTable(o, "receptions-table", ui.ReceptionColumns(), p.Receptions, func(r ui.ReceptionRow) []ui.Cell {
		at, _ := strconv.Atoi(r.Number)
		return []ui.Cell{
			{Text: r.Number}, {Named: &r.Observer}, {When: &r.When}, ranked(r.Delay, float64(delayOf(d, at-1))), {Text: r.Hops}, {Text: r.SNR}, {Text: r.RSSI}, {Text: r.Score},
			{Text: hopsWord(r.Path.Hops) + hopsWord(r.Path.Rest)},
		}
	})
	return err
}

// delayOf is how long after the first of its episode a reception stands, ms.
func delayOf(d report.PacketDetail, i int) int64 {
	r := d.Receptions[i]
	for _, e := range d.Episodes {
		if e.ID == r.Episode {
			return r.Obs.At - e.First
		}
	}
	return 0
}

// orderObserver orders the tables of an observer's page as its address asks.
func orderObserver(p *ui.ObserverPage, r *http.Request) error {
	o, err := readTableOrders(r, false, "receptions-table", "regions", "firmwares")
	if err != nil {
		return err
	}
	p.Heads = ui.Heads{}
	if p.Heads["receptions-table"], err = orderTable(o, "receptions-table", ui.ObserverReceptionColumns(), p.Rows, func(r ui.ObserverReception) []ui.Cell {
		return []ui.Cell{{When: &r.When}, {Text: r.Type.Word}, {Code: r.Hash}, {Text: r.Hops}, {Text: r.SNR}, {Text: r.RSSI}}
	}); err != nil {
		return err
	}
	return o.orderPanels(p.Panels)
}

// orderSystem orders the tables of the page of the machine as its address asks.
func orderSystem(p *ui.SystemPage, r *http.Request) error {
	o, err := readTableOrders(r, false, "source-rows", "clients", "refusals", "malformed-counts", "rejected-counts", "rejected-rows", "gap-rows", "problems")
	if err != nil {
		return err
	}
	p.Heads = ui.Heads{}
	if p.Heads["source-rows"], err = orderTable(o, "source-rows", ui.FeedColumns(), p.Feeds, func(r ui.FeedRow) []ui.Cell {
		return []ui.Cell{{Alien: r.Name}, {Text: r.State.Word}, {Text: r.Rate}, {Text: r.Rate5}, {When: &r.Last}, {Text: r.Messages}, {Text: r.Lost}, {Text: r.Dropped}, {Alien: r.Error}}
	}); err != nil {
		return err
	}
	if p.Heads["clients"], err = orderTable(o, "clients", ui.ClientColumns(), p.Broker.Clients, func(r ui.ClientRow) []ui.Cell {
		return []ui.Cell{{Alien: r.ID}, {Text: r.State.Word}, {Text: r.Remote}, {Text: r.Rate}, {When: &r.Last}, {Text: r.Messages}, {Text: r.Refused}, {Text: r.Why}}
	}); err != nil {
		return err
	}
	if p.Heads["refusals"], err = orderTable(o, "refusals", ui.RefusalColumns(), p.Broker.Refused, func(r ui.RefusalRow) []ui.Cell {
		return []ui.Cell{{Text: r.Reason}, {Text: r.Count}, {When: &r.Last}, {Alien: r.Who}}
	}); err != nil {
		return err
	}
	for id, rows := range map[string][]ui.CountRow{"malformed-counts": p.Malformed.Counts, "rejected-counts": p.Rejected.Counts} {
		if p.Heads[id], err = orderTable(o, id, ui.CountColumns(id == "malformed-counts"), rows, func(r ui.CountRow) []ui.Cell {
			if id == "malformed-counts" {
				return []ui.Cell{{Text: r.Means}, {Alien: r.Source}, {Text: r.Count}}
			}
			return []ui.Cell{{Text: r.Means}, {Text: r.Count}}
		}); err != nil {
			return err
		}
	}
	if p.Heads["rejected-rows"], err = orderTable(o, "rejected-rows", ui.RejectedColumns(), p.Rejected.Last, func(r ui.RejectedRow) []ui.Cell {
		return []ui.Cell{{Named: &r.Packet}, {When: &r.At}, {Text: r.Reason}, {Code: r.Key}, {Named: &r.Observer}}
	}); err != nil {
		return err
	}
	if p.Heads["problems"], err = orderTable(o, "problems", ui.ProblemColumns(), p.Problems, func(r ui.ProblemRow) []ui.Cell {
		return []ui.Cell{{Code: r.File}, {Text: r.What}, {Text: r.Do}}
	}); err != nil {
		return err
	}
	p.Heads["gap-rows"], err = orderTable(o, "gap-rows", ui.GapColumns(), p.Gaps, func(r ui.GapRow) []ui.Cell {
		return []ui.Cell{{Text: r.What}, {Alien: r.Subject}, {When: &r.From}, {When: &r.To}, ranked(r.Length, r.Seconds), {Text: r.Lost}}
	})
	return err
}
