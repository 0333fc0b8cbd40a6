package web

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"hilltop/appliance/internal/mesh"
	"hilltop/appliance/internal/report"
	"hilltop/appliance/internal/store"
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
	p, kind, key, on := prefsOf(r), starKind(r.PostFormValue("kind")), r.PostFormValue("key"), r.PostFormValue("star") == "on"
	if of := r.PostFormValue("toggle"); of != "" {
		word, name, _ := strings.Cut(of, ":")
		kind = starKind(word)
		key, _ = url.PathUnescape(name) // "", which is nothing, if that cannot be
		on = !p.owns(kind, key)
	}
	switch {
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

// owns tells whether something is among the favourites: a node by the first digits
// of its key, a channel by name, an observer by id.
func (p prefs) owns(kind starKind, key string) bool {
	switch kind {
	case starChannel:
		return p.follows(key)
	case starObserver:
		return p.watches(key)
	}
	return p.starred(strings.ToLower(key))
}

func channelMark(name string, p prefs) ui.StarMark {
	return ui.StarMark{Of: string(starChannel) + ":" + url.PathEscape(name), Name: clean(name, nameLimit), On: p.follows(name)}
}

func observerMark(o mesh.Observer, p prefs) ui.StarMark {
	return ui.StarMark{Of: string(starObserver) + ":" + url.PathEscape(o.ID), Name: observerNamed(o).Text, On: p.watches(o.ID)}
}

func channelStar(name string, p prefs, r *http.Request) *ui.Star {
	return &ui.Star{Kind: string(starChannel), Key: name, On: p.follows(name), Back: r.URL.EscapedPath()}
}

func observerStar(id string, p prefs, r *http.Request) *ui.Star {
	return &ui.Star{Kind: string(starObserver), Key: id, On: p.watches(id), Back: r.URL.EscapedPath()}
}

// starCards is how many starred nodes have a card: each asks the indexes of relays
// and links. Further ones have a line.
const starCards = 24

// nodeCard is what matters most of a starred node.
func nodeCard(n report.NodeRow, c report.NodeCard, st *store.Store, now time.Time) *ui.StarCard {
	key := n.Node.Key.String()
	card := &ui.StarCard{}
	add := func(label, value string, bars int, href string) {
		card.Figures = append(card.Figures, ui.CardFigure{Label: label, Value: value, Bars: bars, Href: href})
	}
	switch {
	case !n.CanRelay:
		add("Adverts held", countText(n.FloodAdverts+n.ZeroHopAdverts), 0, "/packets?from_node="+key)
	case c.Activity != nil:
		add("Relayed, 24 h", certainProbable(c.Activity.Day.Certain, c.Activity.Day.Believed), 0, "/packets?via="+key+"&w=24h")
		card.Spark = part.Spark{Title: "Packets certainly relayed by hour, the last 24 h", Values: floats(c.Activity.ByHour), First: "24 h ago", Last: "now", Open: true, Deaf: dayDeaf(st, now)}
	}
	if c.Links {
		add("Observers", countText(int64(c.Direct))+" direct", 0, "/nodes/"+key+"#direct")
		if c.SNR.Count > 0 {
			_, bars, _ := snrMargin(roundQuarter(c.SNR.Mean4), c.SF)
			add("SNR, mean", meanText(c.SNR.Mean4), bars, "")
		}
	}
	return card
}

// observerCard is what matters most of a starred observer.
func observerCard(o report.ObserverRow, st *store.Store, now time.Time) *ui.StarCard {
	card := &ui.StarCard{Figures: []ui.CardFigure{
		{Label: "Receptions, 24 h", Value: countText(o.Day), Href: address("/packets", url.Values{"obs": {o.ID}, "w": {"24h"}})},
		{Label: "Clock", Value: clockState(o.Clock).Word},
	}}
	if o.Stats.SNR.Count > 0 {
		card.Figures = append(card.Figures, ui.CardFigure{Label: "SNR, mean", Value: meanText(o.Stats.SNR.Mean4)})
	}
	card.Spark = part.Spark{Title: "Receptions by hour, the last 24 h", First: "24 h ago", Last: "now", Open: true, Deaf: dayDeaf(st, now)}
	for _, h := range o.Stats.Day {
		card.Spark.Values = append(card.Spark.Values, float64(h.Observations))
	}
	return card
}

// dayDeaf are the spans of a chart of 24 hours, the current one included, in which
// nothing was received whatever there was.
func dayDeaf(st *store.Store, now time.Time) []part.Deaf {
	from := now.Truncate(time.Hour).Add(-23 * time.Hour).UnixMilli()
	return deafSpans(st.Gaps(from, now.UnixMilli()+1), from, from+24*time.Hour.Milliseconds(), now)
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
		channels = s.channelsOf(h).List()
		unread = h.Index.Channels.Since(seenOf(r).times(p.Channels))
	}
	if ready {
		nodes = nodesOf(h).Starred(p.Stars, now.UnixMilli())
		observers = s.observersOf(h).Watched(p.Observers, now.UnixMilli())
	}
	cards := 0
	unknown := func(row ui.StarRow) ui.StarRow {
		if row.Note = "not known here"; row.Kind == "" {
			row.Note = "waiting for its first advert"
		}
		if !ready {
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
		if cards < starCards {
			cards++
			row.Card = nodeCard(n, nodesOf(h).Card(n.Node.Key, now.UnixMilli()), h.Store, now)
		}
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
		row.Card = observerCard(o, h.Store, now)
		out = append(out, row)
	}
	return out
}
