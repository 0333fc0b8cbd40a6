package web

import (
	"net/http"
	"net/url"

	"hilltop/appliance/internal/live"
	"hilltop/appliance/internal/report"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
	"hilltop/ui/part"
)

// channelRoutes are the list of channels and the messages of one.
func (s *Server) channelRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /channels", s.withIndex("Channels", "/channels", s.channelsView))
	mux.HandleFunc("GET /channels/{ref}", s.withIndex("Channel", "/channels", s.channelView))
	mux.HandleFunc("POST /channels/read", s.readAll)
	mux.HandleFunc("POST /channels/keys", s.giveKey)
}

func (s *Server) channelsOf(h held) report.Channels {
	return report.Channels{Store: h.Store, Index: h.Index.Channels, Tallies: &s.tallies}
}

func (s *Server) channelsView(h held, r *http.Request) (view, error) {
	now := s.now(r)
	q, err := parseChannelQuery("", r.URL.Query(), now.Location())
	if err != nil {
		return view{}, err
	}
	c, places := s.channelsOf(h), placesOf(h)
	page := ui.ChannelsPage{Find: chatFind(q, places, now), Own: ownChannels(r), Reread: rereading(h.Index.Channels), Show: q.Show, Add: s.addChannel(h, r)}
	list, err := c.ListWithin(r.Context(), q.search(now))
	if err != nil {
		return view{}, err
	}
	if q.sought() || q.At != 0 {
		found, err := c.Texts(r.Context(), q.search(now))
		if err != nil {
			return view{}, err
		}
		page.Found = messagesFound(found, h.Index.Channels.Readable(), q, now)
	}
	unread := h.Index.Channels.Since(seenOf(r).times(openNames(list)))
	channelsPage(&page, list, unread, q, prefsOf(r), now)
	if err := orderChannels(&page, r); err != nil {
		return view{}, err
	}
	return view{Title: "Channels", Section: "/channels", Body: ui.Channels(page), Scripts: []string{ownScript}}, nil
}

func openNames(l report.ChannelList) (names []string) {
	for _, c := range l.Open {
		names = append(names, c.Name)
	}
	return names
}

func (s *Server) channelView(h held, r *http.Request) (view, error) {
	now := s.now(r)
	q, err := parseChannelQuery(r.PathValue("ref"), r.URL.Query(), now.Location())
	if err != nil {
		return view{}, err
	}
	c, places := s.channelsOf(h), placesOf(h)
	d, ok, err := c.Channel(r.Context(), q.Ref, q.search(now))
	if err != nil {
		return view{}, err
	}
	if !ok {
		return view{}, missing("channel", "No key of this name is known here, and it is no hash byte. Names of channels count in upper and lower case.",
			q.Ref, channelWays(c.Near(q.Ref, 5))...)
	}
	if d.Locked {
		page := lockedPage(d, now)
		page.Back = channelAt("", q.carried()).at()
		page.Locked.Chips = lockedChips(q, places, now)
		page.Locked.Add = s.addChannel(h, r)
		return view{Title: page.Name, Section: "/channels", Body: ui.Channel(page), Scripts: []string{ownScript}}, nil
	}
	page := channelPage(d, q, places, now)
	page.Share = s.share(d.Name)
	page.Star = channelStar(d.Name, prefsOf(r), r)
	v := view{Title: page.Name, Section: "/channels", Body: ui.Channel(page)}
	if page.Live {
		live := q.values()
		live.Set("channel", d.Name)
		v.Live = "for=messages&" + live.Encode()
	}
	if page.Live && !q.filtered() {
		read := seenOf(r)
		read.put(seenDigest(d.Name), now.UnixMilli())
		v.Cookies = map[string]string{seenCookie: read.cookie()}
	}
	return v, nil
}

func channelWays(near []string) []part.Way {
	ways := []part.Way{{Text: "All channels", Href: "/channels"}}
	for _, name := range near {
		ways = append(ways, part.Way{Text: clean(name, nameLimit), Href: channelHref(name)})
	}
	return ways
}

// share is what others need to read a channel along; nil where the key is a
// secret: where it neither follows from the name nor is everybody's.
func (s *Server) share(name string) *ui.Share {
	for _, c := range s.Ring.Channels() {
		if c.Name != name {
			continue
		}
		out := &ui.Share{Link: meshcore.ChannelURI(c), Key: c.Key.String()}
		switch c.Key {
		case meshcore.PublicChannelKey():
			out.Given = "Every companion starts with this channel."
		case meshcore.HashtagKey(name):
			out.Given = "The key of a hashtag follows from its name: whoever knows the name can read along."
		default:
			return nil
		}
		return out
	}
	return nil
}

// messagesStream brings the messages of a channel by the filters of its page, and
// what changes in one by another copy.
func (s *Server) messagesStream(v url.Values, p prefs) (stream, error) {
	at := p.location
	channel := v.Get("channel")
	q, err := parseChannelQuery(channel, v, at)
	if err != nil {
		return nil, err
	}
	return func(h held, e live.Event) (fragment, bool) {
		if h.Index == nil || e.Kind != live.Message && (e.Kind != live.Copy || e.Type != meshcore.TypeGrpTxt) {
			return fragment{}, false
		}
		now := s.Now().In(at)
		m, ok := h.Index.Channels.Message(e.Tx)
		if !ok || m.Channel != channel || m.First < now.Add(-liveAge).UnixMilli() || q.filtered() && !s.channelsOf(h).Wants(q.search(now), e.Tx) {
			return fragment{}, false
		}
		heard, ok := s.channelsOf(h).Text(e.Tx)
		line := q.wording(now).line(heard)
		return fragment{Into: "messages-rows", ID: line.ID, Body: ui.Message(line)}, ok
	}, nil
}
