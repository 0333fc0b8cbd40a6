package sample

import (
	"bytes"
	"context"
	"testing"

	"hilltop/ui"
	"hilltop/ui/part"
)

// BenchmarkPacketRows renders a list of 200 packets: paths of five hops, each
// with a name, and a text of a channel.
func BenchmarkPacketRows(b *testing.B) {
	row := packetRow(1)
	row.Receptions, row.Path.Hops = nil, nil
	for range 5 {
		row.Path.Hops = append(row.Path.Hops, part.HopName{Hex: "A3B4", Name: "Beacon Hill & Co", Href: "/nodes/d7c8ccf89b0aa9d7cf3ac9144a2a7903ee210b399cb632eef75c55dd9f9bed22", Sure: "likely", Why: "98 %, from all copies of the packet"})
	}
	p := ui.PacketsPage{}
	for range 200 {
		p.Rows = append(p.Rows, row)
	}
	var out bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		if err := ui.Packets(p).Render(context.Background(), &out); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(out.Len()))
}
