package web

import (
	"net/http"
	"strconv"

	"hilltop/appliance/internal/report"
	"hilltop/ui"
)

// addChannel is what helps to read another channel.
func (s *Server) addChannel(h held, l report.ChannelList, r *http.Request) ui.AddChannel {
	a := ui.AddChannel{
		Scripts: ui.OwnScripts{Crypto: s.assets.url("js/crypto.js"), QR: s.assets.url("js/qr.js")},
		Sample:  channelSample(),
	}
	for _, c := range l.Open {
		a.Known = append(a.Known, ui.KnownChannel{Name: clean(c.Name, 200), Href: channelHref(c.Name)})
	}
	return a
}

const (
	ownCookie = "own-channels" // how many channels the browser has the keys of
	ownMost   = 50             // for which the list keeps room
)

// ownChannels is for how many channels of the browser's own the list has to keep
// room: their keys and names are never told.
func ownChannels(r *http.Request) int {
	c, err := r.Cookie(ownCookie)
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(c.Value)
	if err != nil {
		return 0
	}
	return min(max(n, 0), ownMost)
}
