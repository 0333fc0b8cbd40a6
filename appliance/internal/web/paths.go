package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"hilltop/appliance/internal/naming"
	"hilltop/ui"
	"hilltop/ui/part"
)

// pathsReport is the page that tells how right names of hops are.
func (s *Server) pathsReport(r *http.Request) (view, error) {
	if s.Names == nil {
		return view{}, missing("report", "This machine names no hops.", "/reports/paths", waysSystem()...)
	}
	orders, err := readTableOrders(r, false, "bins", "longest", "beyond-table")
	if err != nil {
		return view{}, err
	}
	p := ui.PathsPage{Names: s.namesBlock(), Heads: ui.Heads{}}
	if p.Chips, err = unfiltered(r, "/reports/paths"); err != nil {
		return view{}, err
	}
	if x, ok := s.Names.Get(); ok {
		p.Bins = calibrationRows(x.Audit())
	}
	if p.Heads["bins"], err = orderTable(orders, "bins", ui.CalibrationColumns(), p.Bins, func(b ui.CalibrationRow) []ui.Cell {
		from, _ := strconv.ParseFloat(strings.Fields(b.Range)[0], 64)
		return []ui.Cell{ranked(b.Range, from), {Text: b.Hops}, {Text: b.Said}, {Text: b.Right}}
	}); err != nil {
		return view{}, err
	}
	p.Panels = s.distancePanels(r)
	if err := orders.orderPanels(p.Panels); err != nil {
		return view{}, err
	}
	return view{Title: "Hop names and distances", Section: "/system", Body: ui.Paths(p)}, nil
}

// namesBlock is what the audit of the last day found.
func (s *Server) namesBlock() ui.NamesBlock {
	x, ok := s.Names.Get()
	if !ok {
		wait := progress("How right names are", s.Names.State())
		return ui.NamesBlock{Wait: &wait}
	}
	return auditBlock(x.Audit(), x.Threshold(), x.Taken())
}

func auditBlock(a naming.Audit, threshold float64, taken int64) ui.NamesBlock {
	b := ui.NamesBlock{Say: "No packet with hops of two or three bytes was heard in the last 24 hours, so nothing can be said of how right names are."}
	if a.Provisional {
		b.Warning = fmt.Sprintf("Names are provisional: %s of packets have hops of two or three bytes, too few to keep the names of the others honest. Wrong names may look certain.", shareOf(a.LongShare))
	}
	precision, recall, known := a.At(threshold)
	if a.Hops > 0 {
		b.Say = fmt.Sprintf("Hop names: %s right, %s named. Packets with hops of two or three bytes were named as if they had one byte, compared with what the longer hops say, and weighed by how likely the names of all 1-byte hops are.",
			shareOf(precision), shareOf(recall/max(precision, 1e-9)))
		b.Facts = append(b.Facts,
			part.Fact{Name: "Right of those named", Value: shareOf(precision), Note: "precision of 1-byte hops"},
			part.Fact{Name: "Named right of all", Value: shareOf(recall), Note: "recall; " + shareOf(known) + " of hops by relays whose advert was heard"},
			part.Fact{Name: "Hops compared", Value: countText(int64(a.Hops)), Note: countText(int64(a.Known)) + " by known relays"},
			part.Fact{Name: "1-byte hops they stand for", Value: countText(int64(a.Short)), Note: "heard in the last 24 hours"})
	}
	return ui.NamesBlock{Warning: b.Warning, Say: b.Say, Facts: append(b.Facts,
		part.Fact{Name: "Named from", Value: percentText(threshold), Note: "the setting threshold in [resolver]"},
		part.Fact{Name: "Packets with longer hops", Value: shareOf(a.LongShare)},
		part.Fact{Name: "Possible relays", Value: countText(int64(a.Relays)), Note: countText(int64(a.Phantoms)) + " known by longer hops alone"},
		part.Fact{Name: "Packets taken", Value: countText(taken)})}
}

// shareOf words a share to a hundredth of a percent, never up to all.
func shareOf(x float64) string { return fmt.Sprintf("%.2f %%", float64(int(x*10_000))/100) }

func calibrationRows(a naming.Audit) (rows []ui.CalibrationRow) {
	for _, b := range a.Calibration() {
		if b.Hops == 0 {
			continue
		}
		rows = append(rows, ui.CalibrationRow{Range: fmt.Sprintf("%.3g to %.3g %%", 100*b.From, 100*b.To), Hops: countText(int64(b.Hops)),
			Said: shareOf(b.Said), Right: shareOf(b.Right)})
	}
	return rows
}
