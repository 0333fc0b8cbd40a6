package web

import (
	"slices"

	"hilltop/appliance/internal/report"
	"hilltop/ui"
	"hilltop/ui/part"
)

// packetsOrders are the orders that the list offers; none of receptions, which
// stand with their packets.
func packetsOrders(q packetsQuery) []part.Column {
	if q.Each {
		return nil
	}
	var names []string
	for _, c := range packetColumns() {
		names = append(names, c.name)
	}
	return heads(packetColumns(), names, q.listQuery(), func(sort string, ascending bool) string {
		by := slices.Index(names, sort)
		with := q.begin()
		with.Order = report.PacketOrder{By: report.PacketValue(by), Ascending: ascending}
		return with.at("/packets")
	})
}

// packetsHead are the heads over the rows: those of each cell, which are orders if
// they are named so.
func packetsHead(q packetsQuery) (head []ui.HeadCell) {
	cells := [][]word{
		{{"copies", "Copies"}}, {{"received", "Received"}, {"", "Hash"}}, {{"type", "Type"}, {"", "Route"}, {"size", "size"}, {"hb", "hop width"}},
		{{"observer", "First received by"}, {"region", "Regions"}, {"snr", "SNR"}}, {{"", "What it says"}, {"hops", "Path"}},
	}
	if q.Each {
		cells[0][0].say, cells[3][0].say, cells[3][1].say = "After first", "Received by", "Region"
	}
	orders := packetsOrders(q)
	for _, words := range cells {
		var cell ui.HeadCell
		for _, w := range words {
			c := part.Column{Label: w.say}
			if i := slices.IndexFunc(packetColumns(), func(c column) bool { return c.name == w.word }); i >= 0 && len(orders) > 0 {
				c.Href, c.Sorted = orders[i].Href, orders[i].Sorted
			}
			cell = append(cell, c)
		}
		head = append(head, cell)
	}
	return head
}
