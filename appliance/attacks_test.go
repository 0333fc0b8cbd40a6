package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"hilltop/firmware-bridge/meshcore"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"golang.org/x/net/html"
)

// attacks are texts by which strangers have tried to be more than text. What is
// longer than a place takes is cut to it.
var attacks = []string{
	`<script>window.pwned=1</script>`,
	`<img src=x onerror=pwned=1>`,
	`"><svg onload=window.pwned=1>`,
	`' autofocus onfocus=pwned=1 x='`,
	`</title></bdi></template><b>out`,
	`<evil-tag evil-attr=1>`,
	`javascript:window.pwned=1//`,
	`data:text/html,<script>pwned=1`,
	`{{constructor.constructor()}}`,
	"${pwned=1}`#{7*7}<%= 7 %>",
	`<!--<style>*{display:none}`,
	`&lt;b&gt;&#x3C;i&#62;`,
	"\u202etxt.exe\u202d\u2066\u2067\u2068\u2069\u200f",
	"\u061c\u200eLRM\u200fRLM\u202a\u202b\u202c",
	"zero\u200bwidth\u200d\ufeff\u2060joined",
	"\x00null\x00\x01\x1b[31mred\x7f\x85\u2028\u2029",
	"broken\xff\xfe\xc0\xafutf\xed\xa0\x80-8\xf4\x90",
	"=HYPERLINK(\"http://x\",\"y\")",
	"@SUM(1+1)*cmd|' /C calc'!A0",
	"שלום مرحبا עולם",
	"Z\u0351\u036b\u0343a\u0362\u0350\u0312lgo\u0334",
	strings.Repeat("W", 150),
	strings.Repeat("👩‍👩‍👧‍👦", 6),
	"a\r\nSet-Cookie: x=y\r\n\r\nevent: row",
	"]]></p>\\'; DROP TABLE nodes;--",
	"../../etc/passwd",
	"@[<img src=x onerror=pwned=1>] #tag<b>",
}

// harmless are as many texts without any of that, of all lengths.
func harmless() []string {
	out := make([]string, len(attacks))
	for i := range out {
		out[i] = []string{fmt.Sprintf("plain %d", i), fmt.Sprintf("long words %d ", i) + strings.Repeat("and more of them ", 9), fmt.Sprintf("@[plain %d] #tag two\nlines", i)}[i%3]
	}
	return out
}

func cut(s string, n int) string { return s[:min(len(s), n)] }

// jsonText is a JSON string of bytes that need not be UTF-8.
func jsonText(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(c))
		case c < ' ' || c == 0x7f:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String() + `"`
}

// hostileRecording is a recording in which every text that a stranger can send is one
// of the texts: names of nodes, messages and their senders, all fields of observers, regions and other
// parts of topics.
func hostileRecording(t *testing.T, texts []string, now time.Time) string {
	t.Helper()
	var b strings.Builder
	at := now.Add(-time.Hour)
	say := func(topic, payload string) {
		at = at.Add(3 * time.Second)
		fmt.Fprintf(&b, "{\"t\":%d,\"topic\":%s,\"payload\":%s}\n", at.UnixMilli(), jsonText(topic), payload)
	}
	packet := func(n int, origin string, p meshcore.Packet) {
		id := observerKey(n)
		say("meshcore/SEA/"+id+"/packets", fmt.Sprintf(`{"origin":%s,"origin_id":"%s","timestamp":"%s","type":"PACKET","direction":"rx","packet_type":"5","route":"F","raw":"%X","SNR":"8","RSSI":"-72"}`,
			jsonText(origin), id, at.UTC().Format("2006-01-02T15:04:05.000000+00:00"), p.AppendTo(nil)))
	}
	for i, text := range texts {
		id := observerKey(i)
		f := jsonText(text)
		for _, region := range []string{"SEA", strings.NewReplacer("/", "", "#", "", "+", "").Replace(cut(text, 30))} {
			say("meshcore/"+region+"/"+id+"/status", fmt.Sprintf(`{"status":"online","origin":%s,"origin_id":"%s","timestamp":"%s","model":%s,"firmware_version":%s,"client_version":%s,"source":%s,"radio":%s,`+
				`"location":{"lat":1,"lon":2},"stats":{"battery_mv":4100,"uptime_secs":%d,"noise_floor":-110}}`, f, id, at.UTC().Format(time.RFC3339), f, f, f, f, f, 100+i))
		}
		say("meshcore/SEA/"+strings.ReplaceAll(cut(text, 40), "/", "")+"/status", fmt.Sprintf(`{"status":%s,"origin":%s}`, f, f))
		say("meshcore/SEA/"+id+"/"+strings.ReplaceAll(cut(text, 40), "/", ""), fmt.Sprintf(`{"type":%s}`, f))
		var seed [32]byte
		copy(seed[:], fmt.Sprint("node ", i))
		advert, err := meshcore.SignAdvert(meshcore.FromSeed(seed), meshcore.Advert{Role: meshcore.Role(1 + i%4), HasName: true, Name: cut(strings.ReplaceAll(text, "\x00", "\x01"), 31), Timestamp: uint32(at.Unix())})
		if err != nil {
			t.Fatal(err)
		}
		packet(i, text, meshcore.NewFlood(meshcore.TypeAdvert, 1, advert.AppendTo(nil)))
		for _, key := range []meshcore.ChannelKey{meshcore.PublicChannelKey(), meshcore.HashtagKey("#elsewhere")} {
			words := meshcore.GroupText{Timestamp: uint32(at.Unix()), Text: cut(strings.ReplaceAll(text, ": ", ""), 40) + ": " + cut(text, 100)}
			packet(i, text, meshcore.NewFlood(meshcore.TypeGrpTxt, 1, must(words.Seal(key))))
		}
	}
	file := filepath.Join(t.TempDir(), "hostile.jsonl")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func observerKey(n int) string {
	return fmt.Sprintf("%02X%s", n+1, strings.Repeat("A1B2C3D4", 7)+"A1B2C3")
}

// attacked runs the program on such a recording, with channels of such names.
func attacked(t *testing.T, texts []string) *process {
	t.Helper()
	var config strings.Builder
	fmt.Fprintln(&config, `site_name = "Observatory of all the hills of the greater north-west coast"`)
	for i, text := range texts {
		name, err := json.Marshal(fmt.Sprintf("%s %d", strings.ToValidUTF8(cut(strings.ReplaceAll(text, "\x00", ""), 40), "?"), i))
		if err != nil {
			t.Fatal(err)
		}
		name = bytes.ReplaceAll(name, []byte{0x7f}, []byte(`\u007f`)) // TOML takes fewer as they are
		fmt.Fprintf(&config, "[[channel]]\nname = %s\nkey = \"%032x\"\n", name, i+1)
	}
	file := filepath.Join(t.TempDir(), "hilltop.toml")
	if err := os.WriteFile(file, []byte(config.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, startOptions{command: "replay", broker: "off", args: []string{"--config", file, "--speed", "max", "--serve", hostileRecording(t, texts, time.Now())}})
	p.ready()
	p.await("the recording", func() bool { return p.stats().TotalObservations >= 3*len(texts) })
	return p
}

// marks is what pages are made of, as "element attribute", with the first page
// that had it.
type marks map[string]string

// crawl follows every link from the first page on, and asks for what it cannot
// reach by links.
func crawl(t *testing.T, p *process, texts []string) (made marks, pages int) {
	t.Helper()
	made = marks{}
	seen := map[string]bool{}
	kinds := map[string]int{}
	queue := []string{"/", "/system", "/help", "/settings", "/tools"}
	for _, text := range texts {
		q := url.QueryEscape(text)
		queue = append(queue, "/search?q="+url.QueryEscape(string([]rune(text)[:min(60, len([]rune(text)))])), "/channels?q="+q, "/nodes?q="+q, "/packets?hash="+q, "/channels/"+url.PathEscape(text), "/nodes/"+url.PathEscape(text), "/observers/"+url.PathEscape(text),
			"/channels/Public?sender="+q, "/tools?hex="+q, "/nothing/"+url.PathEscape(text), "/settings?set="+url.QueryEscape("channel="+q))
	}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		kind, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		kind, _, _ = strings.Cut(kind, "?")
		if seen[path] || kinds[kind] > 12*len(texts) {
			continue
		}
		seen[path] = true
		kinds[kind]++
		resp, err := http.Get("http://" + p.http + path)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode >= 500 {
			t.Errorf("%s: %s, %v", path, resp.Status, err)
		}
		if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
			continue
		}
		pages++
		if policy := resp.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'self'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
		tree, err := html.Parse(strings.NewReader(string(body)))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		queue = append(queue, looked(t, path, tree, made)...)
	}
	return made, pages
}

// intoApp tells a link that adds a node to an app and says nothing else.
func intoApp(link string) bool {
	c, err := meshcore.ParseContactURI(link)
	return err == nil && meshcore.ContactURI(c) == link
}

// looked checks a page, notes what it is made of, and gives its links to pages.
func looked(t *testing.T, path string, n *html.Node, made marks) (links []string) {
	t.Helper()
	wrong := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%s: %s", cut(path, 100), fmt.Sprintf(format, args...))
	}
	note := func(what string) {
		if _, have := made[what]; !have {
			made[what] = path
		}
	}
	switch n.Type {
	case html.TextNode:
		if i := strings.IndexFunc(n.Data, turns); i >= 0 {
			wrong("the text %q holds %U", cut(n.Data, 60), []rune(n.Data[i:])[0])
		}
		if n.Parent != nil && (n.Parent.Data == "script" || n.Parent.Data == "style") {
			wrong("%s with content: %q", n.Parent.Data, cut(n.Data, 60))
		}
	case html.CommentNode:
		wrong("a comment: %q", n.Data)
	case html.ElementNode:
		note(n.Data)
		hidden := n.Data == "input" && slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "type" && a.Val == "hidden" })
		for _, a := range n.Attr {
			note(n.Data + " " + a.Key)
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc" {
				wrong("<%s %s=%q>", n.Data, a.Key, a.Val)
			}
			if strings.ContainsFunc(a.Val, turns) && !hidden {
				wrong("<%s %s=%q> turns text", n.Data, a.Key, a.Val)
			}
			switch a.Key {
			case "href", "src", "action", "formaction":
				u, err := url.Parse(a.Val)
				if err != nil || (u.Scheme != "" || u.Host != "") && !(n.Data == "link" && strings.HasPrefix(a.Val, "data:image/svg+xml,")) && !intoApp(a.Val) {
					wrong("<%s %s=%q> leads elsewhere", n.Data, a.Key, a.Val)
				} else if n.Data == "a" && u.Scheme == "" && strings.HasPrefix(u.Path, "/") && !strings.HasPrefix(u.Path, "/style") && !strings.HasPrefix(u.Path, "/api") {
					u.Fragment = ""
					links = append(links, u.String())
				}
				if n.Data == "script" && !strings.HasPrefix(a.Val, "/static/") {
					wrong("a script from %q", a.Val)
				}
			}
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		links = append(links, looked(t, path, c, made)...)
	}
	return links
}

// turns tells of characters that no page may hold: those that turn the direction
// of text, and controls.
func turns(r rune) bool {
	return r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069' || r == '\u200E' || r == '\u200F' || r == '\u061C' || unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r'
}

// Whatever strangers send, pages are made of what they are made of with harmless
// texts, and of nothing else.
func TestHostileTextsStayText(t *testing.T) {
	calm := attacked(t, harmless())
	plain, n := crawl(t, calm, harmless())
	if n < 200 {
		t.Fatalf("only %d pages were looked at", n)
	}
	p := attacked(t, attacks)
	for _, path := range []string{"/nodes", "/observers", "/channels", "/channels/Public", "/packets"} {
		if _, body := p.get(path); !strings.Contains(body, "&lt;evil-tag") {
			t.Errorf("%s: the texts are not there", path)
		}
	}
	made, n := crawl(t, p, attacks)
	if n < 200 {
		t.Fatalf("only %d pages were looked at", n)
	}
	t.Logf("%d pages, of %d elements and attributes", n, len(made))
	maps.DeleteFunc(made, func(what, _ string) bool { _, usual := plain[what]; return usual })
	if len(made) > 0 { // what time brings, as of an index that was not ready, is there by now
		plain, _ = crawl(t, calm, harmless())
	}
	for _, what := range slices.Sorted(maps.Keys(made)) {
		if _, usual := plain[what]; !usual {
			t.Errorf("%s: the texts made %q", cut(made[what], 100), what)
		}
	}
}

// In a browser no text of a stranger runs, and none makes a page wider than a
// phone.
func TestHostileTextsDoNothingInABrowser(t *testing.T) {
	p := attacked(t, attacks)
	ctx := browser(t, 360, 740)
	look(t, ctx, 360, "light")
	watch := page.AddScriptToEvaluateOnNewDocumentParams{Source: `addEventListener("securitypolicyviolation", () => { window.violated = 1; })`}
	if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, watch); err != nil {
		t.Fatal(err)
	}
	paths := []string{"/", "/packets", "/nodes", "/observers", "/channels", "/channels/Public", "/system", "/channels?q=a", "/search?q=e", "/settings",
		"/search?q=" + url.QueryEscape(attacks[1]), "/channels/" + url.PathEscape(attacks[0])}
	_, packets := p.get("/packets")
	paths = append(paths, firstLink(t, packets, "/packets/"))
	// Each has other texts, and which stands first in a list is chance.
	paths = append(paths, allLinks(t, p, "/nodes")...)
	paths = append(paths, allLinks(t, p, "/observers")...)
	for _, path := range paths {
		visit(t, ctx, "http://"+p.http+path)
		awaitTrue(t, ctx, "the script runs", `document.documentElement.classList.contains("js")`)
		if eval[bool](t, ctx, `window.pwned !== undefined || window.violated !== undefined`) {
			t.Errorf("%s: a text ran, or tried to", path)
		}
		if over := eval[float64](t, ctx, `document.documentElement.scrollWidth - 360`); over > 0 {
			t.Errorf("%s: %g px wider than the window: %s", path, over, eval[string](t, ctx, `[...document.querySelectorAll("main *")].filter(e => getComputedStyle(e).overflowX === "visible" && e.scrollWidth > innerWidth)
				.map(e => e.cloneNode(false).outerHTML.slice(0, 150)).slice(0, 12).join("\n")`))
		}
	}
}

// allLinks are the links of a list to what it lists.
func allLinks(t *testing.T, p *process, list string) (links []string) {
	t.Helper()
	_, body := p.get(list + "?n=150")
	for _, m := range hrefs.FindAllStringSubmatch(body, -1) {
		if path, below := strings.CutPrefix(m[1], list+"/"); below && !strings.ContainsAny(path, "?/#") && !slices.Contains(links, m[1]) {
			links = append(links, m[1])
		}
	}
	if len(links) < 20 { // a few texts leave nothing of a name
		t.Fatalf("%s leads to %d only", list, len(links))
	}
	return links
}
