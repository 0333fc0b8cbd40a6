package web

import (
	"net/http"

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
		a.Known = append(a.Known, ui.KnownChannel{Name: c.Name, Href: channelHref(c.Name)})
	}
	return a
}
