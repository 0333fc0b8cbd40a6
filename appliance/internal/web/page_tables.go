package web

import (
	"net/http"
	"strconv"

	"hilltop/appliance/internal/report"
	"hilltop/ui"
	"hilltop/ui/part"
)

// orderNode orders the tables of a node's page as its address asks.
func orderNode(p *ui.NodePage, r *http.Request) error {
	o, err := readTableOrders(r)
	if err != nil {
		return err
	}
	p.Heads = ui.Heads{}
	if p.Heads["direct-table"], err = orderTable(o, "direct-table", ui.DirectColumns(), p.Direct, func(r ui.DirectRow) []ui.Cell {
		return []ui.Cell{{Named: &r.Observer}, {Alien: r.Region}, {Text: r.Copies}, {Text: r.SNR}, {Text: r.Range}, {Text: r.RSSI}, {When: &r.Last}}
	}); err != nil {
		return err
	}
	for id, rows := range map[string][]ui.NodePacket{"adverts-table": p.Adverts, "relayed-table": p.Relayed} {
		if p.Heads[id], err = orderTable(o, id, ui.NodePacketColumns(), rows, nodePacketCells); err != nil {
			return err
		}
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
	o, err := readTableOrders(r)
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
	o, err := readTableOrders(r)
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
	o, err := readTableOrders(r)
	if err != nil {
		return err
	}
	p.Heads = ui.Heads{}
	if p.Heads["source-rows"], err = orderTable(o, "source-rows", ui.FeedColumns(), p.Feeds, func(r ui.FeedRow) []ui.Cell {
		return []ui.Cell{{Alien: r.Name}, {Text: r.State.Word}, {Text: r.Rate}, {When: &r.Last}, {Text: r.Messages}, {Text: r.Reconnects}, {Text: r.Dropped}, {Alien: r.Error}}
	}); err != nil {
		return err
	}
	p.Heads["clients"], err = orderTable(o, "clients", ui.ClientColumns(), p.Broker.Clients, func(r ui.ClientRow) []ui.Cell {
		return []ui.Cell{{Alien: r.ID}, {Text: r.State.Word}, {Text: r.Remote}, {Text: r.Rate}, {When: &r.Last}, {Text: r.Messages}, {Text: r.Refused}, {Text: r.Why}}
	})
	return err
}
