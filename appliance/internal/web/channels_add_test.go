package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"

	"golang.org/x/crypto/bcrypt"
)

// Only the operator gives keys and takes them away, from a page of this machine;
// what is held opens, and locks again.
func TestOperatorGivesKeys(t *testing.T) {
	w := newWorld(t)
	hash := must(bcrypt.GenerateFromPassword([]byte(adminToken), bcrypt.MinCost))
	w.s.sessions = newSessions(string(hash), func() time.Time { return w.now })
	take := func() {
		all := []meshcore.Channel{{Name: "Public", Key: meshcore.PublicChannelKey()}}
		for _, c := range w.st.ChannelKeys() {
			all = append(all, meshcore.Channel{Name: c.Name, Key: c.Key})
		}
		w.ring.Replace(all)
	}
	w.s.GiveChannel = func(c meshcore.Channel) { w.st.PutChannelKey(c.Name, c.Key, store.OriginBrowser); take() }
	w.s.ForgetChannel = func(k meshcore.ChannelKey) bool { defer take(); return w.st.DeleteChannelKey(k) }
	near := w.observer("NEAR", "Near", "SEA")
	key := must(meshcore.ParseChannelKey("000102030405060708090a0b0c0d0e0f"))
	sealed := must(meshcore.NewGroupText(1, "Ann", "long ago").Seal(key))
	w.hear(meshcore.NewFlood(meshcore.TypeGrpTxt, 1, sealed), near, w.ago(time.Hour), 4)
	w.open()
	h, _ := w.s.held()
	reread := func() {
		h.Index.Channels.Reread(t.Context(), func(tx uint64) (meshcore.Type, []byte, bool) {
			p, ok := w.st.PacketByID(tx)
			return p.Type, p.Payload, ok
		})
	}
	w.has("/channels", 200, "The operator can add it here", "/system#operator", "!action=\"/channels/keys\"")
	signed := w.send(formRequest("/system/signin", url.Values{"token": {adminToken}})).Result().Cookies()[0]
	post := func(form url.Values, change func(*http.Request)) (int, string) {
		t.Helper()
		r := formRequest("/channels/keys", form)
		r.AddCookie(signed)
		if change != nil {
			change(r)
		}
		got := w.send(r)
		return got.Code, got.Body.String()
	}
	page := func() string {
		r := formRequest("/channels", nil)
		r.Method = http.MethodGet
		r.AddCookie(signed)
		return w.send(r).Body.String()
	}
	friends := url.Values{"name": {"Friends"}, "key": {key.String()}}
	if code, _ := post(friends, func(r *http.Request) { r.Header.Del("Cookie") }); code != 403 {
		t.Errorf("anybody: status %d", code)
	}
	if code, _ := post(friends, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }); code != 403 {
		t.Errorf("from another site: status %d", code)
	}
	for _, bad := range []url.Values{
		{}, {"name": {"x"}, "key": {"12"}}, {"key": {key.String()}}, {"name": {"x"}, "key": {"meshcore://channel/add?name=x"}},
		{"name": {strings.Repeat("x", 65)}}, {"name": {"a\u202eb"}}, {"name": {"Public"}, "key": {key.String()}}, {"name": {"P"}, "key": {meshcore.PublicChannelKey().String()}},
		{"remove": {keyRef(meshcore.PublicChannelKey())}}, {"remove": {"x"}},
	} {
		if code, body := post(bad, nil); code != 400 || !strings.Contains(body, "The key was not taken") {
			t.Errorf("%v: status %d", bad, code)
		}
	}
	if n := len(w.st.ChannelKeys()); n != 0 {
		t.Fatalf("%d keys were stored", n)
	}

	if code, _ := post(friends, nil); code != 303 {
		t.Fatalf("status %d", code)
	}
	if body := page(); !strings.Contains(body, "0 of 1 hours have been read") || !strings.Contains(body, "Friends") || strings.Contains(body, key.String()) {
		t.Error("want the channel, without its key, and how far its history has come")
	}
	reread()
	w.has("/channels/Friends", 200, "long ago", "1 copy", "!meshcore://", "!"+key.String())
	w.has("/channels/"+hashByteText(key.HashByte()), 200, "Nothing yet")
	ref := keyRef(key)
	if !strings.Contains(page(), `value="`+ref+`"`) {
		t.Error("the key cannot be removed")
	}
	if code, _ := post(url.Values{"remove": {ref}}, nil); code != 303 {
		t.Fatalf("removing: status %d", code)
	}
	reread()
	w.has("/channels/Friends", 404)
	w.has("/channels/"+hashByteText(key.HashByte()), 200, "No key: this machine knows none", "!long ago")
	w.has("/search?q=long+ago", 200, "Nothing is called")

	for form, want := range map[string]string{
		"name=hill": "#hill", "name=%23hill": "#hill",
		"key=" + url.QueryEscape(meshcore.ChannelURI(meshcore.Channel{Name: "Club", Key: key})):           "Club",
		"name=Mine&key=" + url.QueryEscape(meshcore.ChannelURI(meshcore.Channel{Name: "Club", Key: key})): "Mine",
	} {
		v := must(url.ParseQuery(form))
		if c, refusal := channelGiven(v.Get("name"), v.Get("key")); c.Name != want || c.Key.IsZero() || refusal != "" {
			t.Errorf("%s: %q, %s", form, c.Name, refusal)
		}
	}
}
