package web

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"hilltop/appliance/internal/index"
	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/ui"
	"hilltop/ui/part"
)

// ownScript opens channels whose keys the browser keeps.
const ownScript = "own-channels.js"

// openable has a page bring the script that opens a message with the keys of the
// browser, if no key of this machine does.
func (s *Server) openable(v *view, m *ui.MessageBlock) {
	if m == nil || m.Sealed == nil {
		return
	}
	m.Sealed.Crypto = s.assets.url("js/crypto.js")
	v.Scripts = []string{ownScript}
}

// addChannel is what helps to read another channel.
func (s *Server) addChannel(h held, r *http.Request) ui.AddChannel {
	a := ui.AddChannel{
		Scripts: ui.OwnScripts{Crypto: s.assets.url("js/crypto.js"), QR: s.assets.url("js/qr.js")},
		Sample:  channelSample(),
	}
	for _, name := range h.Index.Channels.Readable() {
		a.Known = append(a.Known, ui.KnownChannel{Name: clean(name, 200), Href: channelHref(name)})
	}
	if s.GiveChannel != nil && !s.sessions.closed() {
		a.Admin = s.adminKeys(h, r)
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

// adminKeys are the channels that the machine reads, for the operator: no key is
// shown.
func (s *Server) adminKeys(h held, r *http.Request) *ui.AdminKeys {
	k := &ui.AdminKeys{SignedIn: s.sessions.operator(r)}
	if !k.SignedIn {
		return k
	}
	given := map[meshcore.ChannelKey]bool{}
	for _, c := range h.Store.ChannelKeys() {
		given[c.Key] = c.Origin == store.OriginBrowser
	}
	for _, c := range s.Ring.Channels() {
		k.Keys = append(k.Keys, ui.GivenKey{Name: clean(c.Name, 200), Ref: keyRef(c.Key), Byte: hashByteText(c.Key.HashByte()), Fixed: !given[c.Key]})
	}
	return k
}

// keyRef names a key in a form, without telling it.
func keyRef(k meshcore.ChannelKey) string {
	sum := sha256.Sum256(append([]byte("form "), k.Bytes()...))
	return hex.EncodeToString(sum[:8])
}

// rereading says how far what is held has been read with new keys; nil when it
// is.
func rereading(x *index.Channels) *part.Progress {
	stale, all := x.Stale()
	if stale == 0 {
		return nil
	}
	return &part.Progress{What: "What the new keys open", Text: fmt.Sprintf("%d of %d hours have been read with them", all-stale, all), Value: strconv.Itoa(all - stale), Max: strconv.Itoa(all)}
}

// giveKey takes the key of a channel from the operator, or lets go of one.
func (s *Server) giveKey(w http.ResponseWriter, r *http.Request) {
	if !s.sessions.operator(r) {
		s.render(w, r, s.problemView(r, s.sessions.forbidden()))
		return
	}
	h, ok := s.held()
	if !ok || h.Index == nil || s.GiveChannel == nil {
		s.render(w, r, s.waiting("Channels", "/channels", "What this page shows", s.closedOf()))
		return
	}
	if refusal := s.changeKeys(h, r); refusal != "" {
		s.render(w, r, s.problemView(r, wrongRequest{status: http.StatusBadRequest, title: "The key was not taken", text: refusal, help: []part.Way{{Text: "Back to the channels", Href: "/channels#add-here"}}}))
		return
	}
	if s.Snapshot != nil {
		if _, err := s.Snapshot(r.Context()); err != nil {
			s.Log.Warn("the keys of channels are not on disk yet", "err", err)
		}
	}
	http.Redirect(w, r, "/channels#add-here", http.StatusSeeOther)
}

// changeKeys does what the form says, or says why not.
func (s *Server) changeKeys(h held, r *http.Request) (refusal string) {
	if ref := r.PostFormValue("remove"); ref != "" {
		for _, c := range h.Store.ChannelKeys() {
			if keyRef(c.Key) == ref && c.Origin == store.OriginBrowser && s.ForgetChannel(c.Key) {
				return ""
			}
		}
		return "No key that was given here is meant: it may have been removed already, or stand in the configuration."
	}
	c, refusal := channelGiven(r.PostFormValue("name"), r.PostFormValue("key"))
	if refusal != "" {
		return refusal
	}
	for _, known := range s.Ring.Channels() {
		switch {
		case known.Key == c.Key:
			return fmt.Sprintf("This key is known already, as %q.", clean(known.Name, nameLimit))
		case known.Name == c.Name:
			return fmt.Sprintf("A channel with another key is called %q already: choose another name.", clean(c.Name, nameLimit))
		}
	}
	s.GiveChannel(c)
	return ""
}

// channelGiven reads a channel as people write it: a hashtag without a key, a
// name with one, or the link by which apps share it in place of the key.
func channelGiven(name, key string) (c meshcore.Channel, refusal string) {
	c.Name, key = strings.TrimSpace(name), strings.TrimSpace(key)
	var err error
	switch {
	case strings.HasPrefix(strings.ToLower(key), "meshcore://"):
		link, err := meshcore.ParseChannelURI(key)
		if err != nil {
			return c, "The link cannot be read: it begins with meshcore://channel/add and holds the key as secret=."
		}
		c = meshcore.Channel{Name: cmp.Or(c.Name, link.Name), Key: link.Key}
	case key != "":
		if c.Key, err = meshcore.ParseChannelKey(key); err != nil {
			return c, "The key is neither 32 or 64 hex digits, nor base64, nor a link that begins with meshcore://."
		}
	case c.Name != "":
		c.Name = "#" + strings.TrimPrefix(c.Name, "#")
		c.Key = meshcore.HashtagKey(c.Name)
	}
	switch {
	case c.Name == "":
		return c, "A channel needs a name."
	case len(c.Name) > ownNameMost || c.Name != clean(c.Name, ownNameMost):
		return c, fmt.Sprintf("The name is longer than %d bytes, or has characters that do not show.", ownNameMost)
	}
	return c, ""
}

const ownNameMost = 64 // bytes of a channel's name
