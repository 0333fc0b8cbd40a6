package web

import (
	"bytes"
	"fmt"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"hilltop/firmware-bridge/meshcore"
)

const (
	textInPublic = "150011C3C1354D619BAE9590E4D177DB7EEAF982F5BDCF78005D75157D9535FA90178F785D"
	traceFrame   = "260230F8040302010000000000AABBCC"
)

// decode posts the form of the tools, as a browser without a script does.
func (b *bench) decode(fields map[string]string, file string) *httptest.ResponseRecorder {
	b.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for name, value := range fields {
		if err := m.WriteField(name, value); err != nil {
			b.t.Fatal(err)
		}
	}
	f, err := m.CreateFormFile("file", "frames.txt")
	if err != nil {
		b.t.Fatal(err)
	}
	f.Write([]byte(file))
	m.Close()
	return b.postForm("/tools", m.FormDataContentType(), body.String())
}

// postForm sends a body of a media type.
func (b *bench) postForm(path, contentType, body string) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Host = "192.168.1.2:8080"
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	b.s.Handler().ServeHTTP(w, r)
	return w
}

// says checks an answer: its status, and texts that it must and, behind a !,
// must not hold.
func says(t *testing.T, what string, w *httptest.ResponseRecorder, status int, texts ...string) {
	t.Helper()
	if w.Code != status {
		t.Errorf("%s: status %d, want %d", what, w.Code, status)
	}
	body := asRead(w.Body.String())
	for _, text := range append(texts, "!<script>alert", "!\u202e", "!\u0007") {
		if want := !strings.HasPrefix(text, "!"); strings.Contains(body, strings.TrimPrefix(text, "!")) != want {
			t.Errorf("%s: %q on the page: %v, want %v", what, strings.TrimPrefix(text, "!"), !want, want)
		}
	}
}

// The page needs no store: it answers while everything is still closed.
func TestToolsTakeAFrameApart(t *testing.T) {
	b := newBench(t, nil)
	says(t, "empty", b.get("/tools"), 200, `<form class="pad tools-form" method="post" action="/tools"`, "a text in Public", "EU/UK narrow", `aria-current="page"`, "!http-equiv")
	says(t, "text", b.get("/tools?hex="+textInPublic), 200,
		"Channel Msg", "Public", "🌲 Tree", "☁️", "/packets/b35e8ec0e974a30b", "508.9 ms", "Decrypted", `href="#f0"`, `id="f0"`, "&#34;hash&#34;: &#34;B35E8EC0E974A30B&#34;")
	says(t, "preset", b.get("/tools?preset=8/62.5/5&hex="+textInPublic), 200, "computed for 8/62.5/5", `<option value="8/62.5/5" selected>`)
	says(t, "blanks", b.get("/tools?hex="+url.QueryEscape("26 02 30 f8 04030201 00000000 00AABBCC ")), 200, "Trace", "2 hops done", "04 03 02 01")
	says(t, "direct", b.get("/tools?hex=0A020DE8AABBCCDDEE"), 200, "2 hops still to go", "BB → AA")
	says(t, "scope", b.get("/tools?region=europe&hex=183E3C000000118B32D7689E48369DF98687F953B5AF920087"), 200, "scope #europe")
	says(t, "advert", b.get("/tools?hex="+toolsExamples[1].hex), 200, "Node1", "valid", "51.507401°")
	says(t, "card", b.get("/tools?hex="+url.QueryEscape("meshcore://"+toolsExamples[1].hex)), 200, "Node1")
	says(t, "refused", b.get("/tools?hex=1542AABB"), 200, "A radio drops this frame: Truncated path at byte 4", "partial")
	says(t, "payload", b.get("/tools?hex=1500AA"), 200, "payload too short at byte 3", "raw")
	for path, texts := range map[string][]string{
		"/tools?hex=15zz":                                              {"Character 3, after 1 byte: not a hex digit", "<mark>z</mark>"},
		"/tools?hex=150":                                               {"Character 3, after 1 byte: half a byte"},
		"/tools?hex=15&hex=16":                                         {"one value, not 2"},
		"/tools?hex=" + strings.Repeat("00", 600):                      {"at most 1024 characters"},
		"/tools?hex=" + strings.Repeat("00", 256):                      {"256 bytes: a radio delivers at most 255"},
		"/tools?region=not+a+name&hex=1500":                            {"parameter", "region", "line 1 is no region"},
		"/tools?preset=moon&hex=1500":                                  {"parameter", "preset", "moon"},
		"/tools?bytes=256":                                             {"no length of a frame"},
		"/tools?bytes=x":                                               {"no length of a frame"},
		"/tools?name=" + strings.Repeat("x", 65):                       {"at most 64"},
		"/tools?hex=meshcore://channel/add?secret%3D" + secret:         {"must not stand in an address"},
		"/tools?hex=1500%0A+meshcore://channel/add?secret%3D" + secret: {"must not stand in an address"},
		"/tools?hex=meshcore://other/thing":                            {"A link of a kind"},
	} {
		says(t, path, b.get(path), 400, texts...)
	}
}

const secret = "0123456789ABCDEF0123456789ABCDEF"

func TestToolsAddressOfOneFrame(t *testing.T) {
	b := newBench(t, nil)
	w := b.decode(map[string]string{"hex": " 26 02 30f8 04030201 00000000 00 aabbcc\r\n", "preset": "Australia", "region": "nl"}, "")
	if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || to != "/tools?hex="+traceFrame+"&preset=Australia&region=nl" {
		t.Errorf("got %d %q", w.Code, to)
	}
	w = b.postForm("/tools", "application/x-www-form-urlencoded", "hex="+traceFrame)
	if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || to != "/tools?hex="+traceFrame {
		t.Errorf("a plain form: got %d %q", w.Code, to)
	}
}

// What opens a packet stays out of addresses, and out of the log.
func TestToolsKeepKeysPrivate(t *testing.T) {
	var log bytes.Buffer
	b := newBench(t, func(o *Options) {
		o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	key, err := meshcore.ParseChannelKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	frame := func(k meshcore.ChannelKey) string {
		return upperHex(meshcore.NewFlood(meshcore.TypeGrpTxt, 1, must(meshcore.NewGroupText(1767225600, "Ann", "hidden words").Seal(k))).AppendTo(nil))
	}
	says(t, "locked", b.get("/tools?hex="+frame(key)), 200, "Locked", "!hidden words")
	link := meshcore.ChannelURI(meshcore.Channel{Name: "friends", Key: key})
	for what, fields := range map[string]map[string]string{
		"key":      {"hex": frame(key), "key": secret},
		"named":    {"hex": frame(key), "key": "friends=" + secret},
		"link":     {"hex": frame(key), "key": link},
		"in lines": {"hex": frame(key) + "\n" + link},
		"hashtag":  {"hex": frame(meshcore.HashtagKey("#club")), "channel": "club"},
	} {
		w := b.decode(fields, "")
		says(t, what, w, 200, "hidden words", "Ann")
		if strings.Contains(w.Body.String(), "?hex="+frame(key)) && what != "in lines" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: got %v", what, w.Header())
		}
		if links := regexp.MustCompile(`(?i)(href|action|src|value)="[^"]*` + secret).FindString(w.Body.String()); links != "" {
			t.Errorf("%s: the page leads to %q", what, links)
		}
		says(t, what+", afterwards", b.get("/tools?hex="+fields["hex"][:len(frame(key))]), 200, "!hidden words")
	}
	says(t, "wrong key", b.decode(map[string]string{"hex": frame(key), "key": "\n" + secret + "\nnot a key"}, ""), 400, "line 2 is no channel key", "!"+secret)
	if strings.Contains(strings.ToUpper(log.String()), secret) {
		t.Errorf("the log holds the key: %s", log.String())
	}
}

func TestToolsTakeManyFramesApart(t *testing.T) {
	b := newBench(t, nil)
	contact := meshcore.ContactURI(meshcore.Contact{Name: evil, Key: meshcore.FromSeed([32]byte{1}).Public(), Role: meshcore.RoleRoom})
	w := b.decode(map[string]string{"hex": textInPublic + "\r\n\r\nzz" + evil + "\r\n" + traceFrame}, "1542AABB\n"+contact+"\n")
	says(t, "many", w, 200, "Line 1<", "!Line 2<", "Line 3<", "Line 4<", "Line 5<", "Line 6<", "🌲 Tree", "not a hex digit", "2 hops done", "Truncated path",
		"Link of a contact", "room", `id="l1-f0"`, `href="#l1-f0"`, `id="l3-f0"`, "/tools?hex="+traceFrame)
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(w.Body.String(), -1) {
		if ids[m[1]] {
			t.Errorf("two elements have the id %q", m[1])
		}
		ids[m[1]] = true
	}
	says(t, "a file alone", b.decode(map[string]string{"hex": "\r\n"}, "1542AABB\nzz\n"), 200, "Line 1<", "Line 2<", "!Line 3<")
	says(t, "nothing", b.decode(map[string]string{"hex": " \n "}, ""), 400, "Nothing was entered")
	says(t, "nothing usable", b.decode(map[string]string{"hex": "xx\nyy"}, ""), 400, "Line 2")
}

// However much comes in, the answer is bounded and says what was left out.
func TestToolsAreBounded(t *testing.T) {
	b := newBench(t, nil)
	most := b.decode(map[string]string{"hex": strings.Repeat("153F"+strings.Repeat("AB", 190)+"\n", 60)}, "")
	says(t, "60 lines", most, 200, "The first 50 lines are decoded; 10 lines are left out", "Line 50<", "!Line 51<")
	if n := most.Body.Len(); n > 4<<20 {
		t.Errorf("50 frames with all hops make a page of %d bytes", n)
	}
	says(t, "a long line", b.decode(map[string]string{"hex": strings.Repeat("AB", 20_000)}, ""), 400, "40,000 characters: no frame is that long", "!"+strings.Repeat("00 00 ", 99))
	says(t, "too much", b.decode(map[string]string{"hex": strings.Repeat("AB", 40_000)}, ""), 413, "too much at once")
	says(t, "a file of too much", b.decode(nil, strings.Repeat("AB", 40_000)), 413, "too much at once")
	says(t, "keys", b.decode(map[string]string{"hex": textInPublic, "key": strings.Repeat(secret+"\n", 33)}, ""), 400, "at most 32 lines")
	says(t, "no form", b.postForm("/tools", "multipart/form-data; boundary=x", "nonsense"), 400, "The form cannot be read")
	says(t, "another site's form", func() *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "/tools", strings.NewReader("hex=1500"))
		r.Host = "192.168.1.2:8080"
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		w := httptest.NewRecorder()
		b.s.Handler().ServeHTTP(w, r)
		return w
	}(), 403)
}

func TestToolsOfNamesAndAirtimes(t *testing.T) {
	b := newBench(t, nil)
	says(t, "name", b.get("/tools?name=test"), 200, "#test", "9CD8FCF22A47333B591D96A2B848B73F", ">D9<")
	says(t, "scope", b.get("/tools?name="+url.QueryEscape("#zürich")), 200, "9BAECE5522E0B687D8658971D1E671B8")
	says(t, "airtime", b.get("/tools?bytes=255"), 200, "2311.2 ms", "848.4 ms", "1180.7 ms")
	says(t, "hostile", b.get("/tools?name="+url.QueryEscape(evil[:min(64, len(evil))])), 200)
}

// Bytes of any kind make a page, and every byte stands in its dump.
func TestToolsShowEveryByte(t *testing.T) {
	b := newBench(t, nil)
	for header := range 256 {
		frame := append([]byte{byte(header), 0x41}, bytes.Repeat([]byte{0x9E}, 110)...)
		w := b.get(fmt.Sprintf("/tools?hex=%X", frame))
		if n := strings.Count(w.Body.String(), "9E 9E") + strings.Count(w.Body.String(), ">9E<"); w.Code != 200 || n == 0 {
			t.Errorf("header %02X: status %d", header, w.Code)
		}
		shown := 0
		for _, m := range regexp.MustCompile(`class="byte byte-\w+"[^>]*>((?:[0-9A-F]{2} ?)+)<`).FindAllStringSubmatch(w.Body.String(), -1) {
			shown += len(strings.Fields(m[1]))
		}
		if shown != len(frame) {
			t.Errorf("header %02X: %d bytes in the dump, want %d", header, shown, len(frame))
		}
	}
}
