package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
	"hilltop/ui/part"
)

const nearShown = 20 // packets offered when the hash is not one packet's

// packetView is the page of one packet, of the beginning of a hash that
// several have, or of none.
func (s *Server) packetView(h held, r *http.Request) (view, error) {
	asked := strings.ToLower(r.PathValue("hash"))
	if !isHex(asked) || len(asked) > 16 {
		return view{}, missing("packet", "A packet's address ends in its hash: 16 hex digits, or the first few of them.", r.PathValue("hash"),
			part.Way{Text: "All packets", Href: "/packets"})
	}
	known := func(id string) bool { _, ok := h.Store.Observer(id); return ok }
	sel, err := parseSelection(r.URL.Query(), known)
	if err != nil {
		return view{}, err
	}
	packets, now := s.packetsOf(h), s.now(r)
	hash, err := meshcore.ParseHash(asked)
	if err != nil { // shorter than a hash
		found := packets.Store.ByPrefix(asked, nearShown+1)
		switch {
		case len(found) == 0:
			return notHeld(packets, asked, now), nil
		case len(found) > 1:
			return packetChoice(packets, asked, found, now), nil
		}
		hash = found[0]
	}
	d, ok := packets.Packet(hash, sel)
	if !ok {
		return notHeld(packets, asked, now), nil
	}
	page := packetPage(d, sel != (report.Selection{}) && !d.Chosen, now)
	page.Trace = s.traceBlock(h, r, d)
	if err := orderPacket(&page, d, r); err != nil {
		return view{}, err
	}
	v := view{Title: page.Type.Word + " " + page.Hash[:8], Section: "/packets"}
	s.openable(&v, page.Message)
	v.Body = ui.PacketDetail(page)
	return v, nil
}

// parseSelection reads obs=: a reception's place, "EPISODE.NUMBER", or the
// observer whose first reception is meant.
func parseSelection(v url.Values, known func(id string) bool) (sel report.Selection, err error) {
	s, err := single(v, "obs")
	if s == "" || err != nil {
		return sel, err
	}
	episode, num, ok := strings.Cut(s, ".")
	if ok {
		id, errID := strconv.ParseUint(episode, 10, 64)
		n, errNum := strconv.ParseUint(num, 10, 31)
		if errID == nil && errNum == nil && id != 0 {
			return report.Selection{Episode: id, Num: int(n)}, nil
		}
	}
	sel.Observer = observerID(s)
	if _, err := meshcore.ParsePublicKey(s); err != nil && !known(s) {
		return report.Selection{}, wrong("obs", "%q names no reception; take a link of the table of receptions, or an observer's key", s)
	}
	return sel, nil
}

// notHeld is the page of a hash that nothing held has.
func notHeld(p report.Packets, asked string, now time.Time) view {
	page := ui.PacketMissing{Asked: asked, Text: "No packet held has this hash."}
	if from := p.Store.Counts().From; from != 0 {
		page.Text += " The oldest packet held is from " + moment(from, time.Time{}).Full + ": it may be older than what is kept, or no observer here has heard it."
	} else {
		page.Text += " No packet has been received yet."
	}
	for _, row := range p.Few(p.Near(asked, nearShown)) {
		page.Near = append(page.Near, packetRow(row, now))
	}
	return view{Title: "No such packet", Section: "/packets", Body: ui.PacketNotHeld(page), Status: http.StatusNotFound}
}

func packetChoice(p report.Packets, asked string, found []meshcore.Hash, now time.Time) view {
	page := ui.PacketChoice{Asked: asked, More: fmt.Sprintf("%d packets", len(found))}
	if len(found) > nearShown {
		found = found[:nearShown]
		page.More = fmt.Sprintf("The newest %d are shown; more digits say which.", nearShown)
	}
	for _, row := range p.Few(found) {
		page.Rows = append(page.Rows, packetRow(row, now))
	}
	return view{Title: "Which packet?", Section: "/packets", Body: ui.PacketChoices(page)}
}
