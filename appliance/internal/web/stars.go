package web

import (
	"encoding/base64"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"hilltop/appliance/internal/report"
	"hilltop/ui"
	"hilltop/ui/part"
)

// What a viewer has starred is kept in cookies: nodes by the first digits of
// their keys, channels by name, observers by id, both in base64.
const (
	starsCookie         = "stars"
	channelStarsCookie  = "star-channels"
	observerStarsCookie = "star-observers"

	starDigits = 16  // of a key, in the cookie: 64 bits tell all nodes apart
	starsMost  = 150 // what fits into a cookie
	namesMost  = 30  // likewise, of names or ids
	nameMost   = 90  // bytes of one
)

// starKind is what can be starred.
type starKind string

const (
	starNode     starKind = "node"
	starChannel  starKind = "channel"
	starObserver starKind = "observer"
)

var starKey = regexp.MustCompile(`^[0-9a-f]{16}$`)

// starsOf reads the cookies; what makes no sense is left out.
func (p *prefs) starsOf(r *http.Request) {
	if c, err := r.Cookie(starsCookie); err == nil {
		p.Stars = starList(c.Value)
	}
	p.Channels, p.Observers = namesIn(r, channelStarsCookie), namesIn(r, observerStarsCookie)
}

// starList reads the cookie of starred nodes.
func starList(text string) (out []string) {
	for key := range strings.SplitSeq(text, ".") {
		if starKey.MatchString(key) && !slices.Contains(out, key) && len(out) < starsMost {
			out = append(out, key)
		}
	}
	return out
}

// namesIn reads a cookie of names.
func namesIn(r *http.Request, cookie string) (out []string) {
	c, err := r.Cookie(cookie)
	if err != nil {
		return nil
	}
	for text := range strings.SplitSeq(c.Value, ".") {
		if b, err := base64.RawURLEncoding.DecodeString(text); err == nil {
			out = addName(out, string(b))
		}
	}
	return out
}

// addName puts a name behind others, if it can be one, is not among them, and
// there is room.
func addName(list []string, name string) []string {
	if name == "" || len(name) > nameMost || slices.Contains(list, name) || len(list) == namesMost {
		return list
	}
	return append(list, name)
}

func namesText(names []string) string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = base64.RawURLEncoding.EncodeToString([]byte(name))
	}
	return strings.Join(all, ".")
}

// starred tells whether a node, by its full key, is among the favourites.
func (p prefs) starred(key string) bool {
	return len(key) >= starDigits && slices.Contains(p.Stars, key[:starDigits])
}

// follows tells whether a channel is among the favourites.
func (p prefs) follows(channel string) bool { return slices.Contains(p.Channels, channel) }

// watches tells whether an observer is among the favourites.
func (p prefs) watches(id string) bool { return slices.Contains(p.Observers, id) }

// withStar adds a node to the favourites, the newest first, or takes it out.
func (p prefs) withStar(key string, on bool) []string { return starring(p.Stars, key, on, starsMost) }

func starring(list []string, one string, on bool, most int) []string {
	stars := slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == one })
	if on {
		stars = slices.Insert(stars, 0, one)
	}
	return stars[:min(len(stars), most)]
}

// keepStar puts something among the favourites or takes it out.
func (s *Server) keepStar(w http.ResponseWriter, r *http.Request) {
	p, key, on := prefsOf(r), r.PostFormValue("key"), r.PostFormValue("star") == "on"
	switch kind := starKind(r.PostFormValue("kind")); {
	case kind == starChannel && key != "" && len(key) <= nameMost:
		setCookie(w, channelStarsCookie, namesText(starring(p.Channels, key, on, namesMost)))
	case kind == starObserver && key != "" && len(key) <= nameMost:
		setCookie(w, observerStarsCookie, namesText(starring(p.Observers, key, on, namesMost)))
	case kind == starNode || kind == "":
		key = strings.ToLower(key)
		key = key[:min(len(key), starDigits)]
		if starKey.MatchString(key) {
			setCookie(w, starsCookie, strings.Join(p.withStar(key, on), "."))
		}
	}
	http.Redirect(w, r, backTo(r.PostFormValue("back")), http.StatusSeeOther)
}

func channelStar(name string, p prefs, r *http.Request) *ui.Star {
	return &ui.Star{Kind: string(starChannel), Key: name, On: p.follows(name), Back: r.URL.EscapedPath()}
}

func observerStar(id string, p prefs, r *http.Request) *ui.Star {
	return &ui.Star{Kind: string(starObserver), Key: id, On: p.watches(id), Back: r.URL.EscapedPath()}
}

// starRows are what a viewer has starred, with what is known of it: channels,
// nodes, observers.
func (s *Server) starRows(r *http.Request, now time.Time) (out []ui.StarRow) {
	p := prefsOf(r)
	h, ok := s.held()
	ready := ok && h.Index != nil
	var channels report.ChannelList
	var unread map[string]int
	var nodes map[string]report.NodeRow
	var observers map[string]report.ObserverRow
	if ready && len(p.Channels) > 0 {
		channels = channelsOf(h).List()
		unread = h.Index.Channels.Since(seenOf(r).times(p.Channels))
	}
	if ready {
		nodes = nodesOf(h).Starred(p.Stars, now.UnixMilli())
		observers = s.observersOf(h).Watched(p.Observers, now.UnixMilli())
	}
	unknown := func(row ui.StarRow) ui.StarRow {
		if row.Note = "not known here"; !ready {
			row.Note = "being loaded"
		}
		return row
	}
	for _, name := range p.Channels {
		row := ui.StarRow{Kind: string(starChannel), Key: name, Icon: "i-channels", Name: part.Named{Text: clean(name, nameLimit)}}
		i := slices.IndexFunc(channels.Open, func(c report.ChannelRow) bool { return c.Name == name })
		if i < 0 {
			out = append(out, unknown(row))
			continue
		}
		row.Name.Href, row.When = channelHref(name), momentOr(channels.Open[i].Last, now)
		if n := unreadText(unread[name]); n != "" {
			row.Count = n + " new"
		}
		out = append(out, row)
	}
	for _, key := range p.Stars {
		row := ui.StarRow{Key: key, Name: part.Named{Text: key[:8] + "…", Code: true, Hint: key}}
		n, ok := nodes[key]
		if !ok {
			out = append(out, unknown(row))
			continue
		}
		state := nodeState(n.State)
		row.Name, row.Mark, row.State, row.When = nodeNamed(n.Node), roleMark(n.Node.Role), &state, momentOr(n.LastHeard, now)
		out = append(out, row)
	}
	for _, id := range p.Observers {
		row := ui.StarRow{Kind: string(starObserver), Key: id, Icon: "i-observers", Name: part.Named{Text: clean(id, 12), Code: true, Hint: clean(id, 128)}}
		o, ok := observers[id]
		if !ok {
			out = append(out, unknown(row))
			continue
		}
		state := observerState(o.Stats.State)
		row.Name, row.State, row.When = observerNamed(o.Observer), &state, momentOr(o.Stats.LastPacket, now)
		out = append(out, row)
	}
	return out
}
