package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"hilltop/firmware-bridge/meshcore"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// sealed is a frame with a text in a channel.
func sealed(key meshcore.ChannelKey, sender, text string) string {
	payload := must(meshcore.NewGroupText(uint32(time.Now().Unix()), sender, text).Seal(key))
	p := meshcore.Packet{Header: byte(meshcore.TypeGrpTxt)<<2 | byte(meshcore.Flood), Route: meshcore.Flood, Type: meshcore.TypeGrpTxt, Payload: payload}
	return fmt.Sprintf("%X", p.AppendTo(nil))
}

// sent is everything that a browser tells servers: addresses, heads and bodies.
func sent(t *testing.T, ctx context.Context) func() string {
	t.Helper()
	var mu sync.Mutex
	var b strings.Builder // guarded by mu
	err := chromedp.Listen(ctx, func(e any) {
		mu.Lock()
		defer mu.Unlock()
		if e, ok := e.(*network.EventRequestWillBeSent); ok {
			fmt.Fprintln(&b, e.Request.URL, e.Request.Headers, e.Request.HasPostData)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return b.String()
	}
}

// fill writes into the fields of the page's form for the browser's own channels
// and sends it.
func addOwn(t *testing.T, ctx context.Context, base, name, key string) {
	t.Helper()
	visit(t, ctx, base+"/channels")
	awaitTrue(t, ctx, "the form shows", `document.querySelector(".own-form").hidden === false`)
	eval[bool](t, ctx, fmt.Sprintf(`(document.querySelector('[name="own-name"]').value = %q, document.querySelector('[name="own-key"]').value = %q, true)`, name, key))
	click(t, ctx, ".own-form .primary")
	awaitTrue(t, ctx, "the channel's page", `location.pathname.length === "/channels/AB".length`)
}

// readQR reads the code on the page back.
const readQR = `(async () => {
	const { decodeQR } = await import(document.querySelector("[data-own-add]").dataset.qr);
	const c = document.querySelector(".own-qr");
	return decodeQR(c.getContext("2d").getImageData(0, 0, c.width, c.height));
})()`

// A channel whose key the browser alone has is decrypted there, on plain http
// too, and neither name nor key leave it. A wrong key, none and nothing yet are
// told apart.
func TestOwnChannelIsReadInTheBrowser(t *testing.T) {
	p := start(t, startOptions{})
	p.ready()
	key, other := meshcore.HashtagKey("#secret-hill"), meshcore.ChannelKey{}
	for n := 0; other.IsZero() || other.HashByte() != key.HashByte(); n++ {
		other = must(meshcore.NewChannelKey([]byte(fmt.Sprintf("%016d", n))))
	}
	evil := `<img src=x onerror="window.pwned=1">`
	publish(t, p.broker, packetTopic, packetMessage(sealed(key, "Zoë 🐢", "grüße from the hill"), time.Now()), packetMessage(sealed(key, evil, evil), time.Now()))
	p.await("two packets", func() bool { return p.stats().TotalObservations == 2 })
	_, port, _ := strings.Cut(p.http, ":")
	base := "http://hilltop:" + port
	ctx := browser(t, 1440, 900)
	told := sent(t, ctx)

	addOwn(t, ctx, base, "secret-hill", "")
	awaitText(t, ctx, ".messages", "grüße from the hill")
	if eval[bool](t, ctx, `isSecureContext`) {
		t.Error("the page is secure: it does not show that plain http is enough")
	}
	for _, want := range []string{"Zoë 🐢", evil, "1 copy", "0 hops"} {
		awaitText(t, ctx, ".messages", want)
	}
	if eval[bool](t, ctx, `window.pwned === 1 || document.querySelector("main img") !== null`) {
		t.Error("a message became markup")
	}
	axe := must(os.ReadFile("testdata/axe/axe.min.js"))
	accessible(t, ctx, "a channel of the browser's own", string(axe))
	click(t, ctx, ".chat-find .button")
	awaitText(t, ctx, "dialog", "meshcore://channel/add?name=%23secret-hill&secret="+key.String())
	accessible(t, ctx, "its share", string(axe))
	have, err := chromedp.Run(ctx, chromedp.Evaluate[string](readQR, chromedp.EvalAwaitPromise))
	if err != nil || have != "meshcore://channel/add?name=%23secret-hill&secret="+key.String() {
		t.Errorf("the QR code says %q, %v", have, err)
	}
	click(t, ctx, "dialog > .button")
	publish(t, p.broker, packetTopic, packetMessage(sealed(key, "Bob", "comes live"), time.Now()))
	awaitText(t, ctx, ".messages", "comes live")
	visit(t, ctx, base+"/channels")
	awaitText(t, ctx, "#own-channels", "comes live")
	click(t, ctx, "#own-channels .name")
	awaitText(t, ctx, "main h1", "#secret-hill")
	awaitText(t, ctx, ".messages", "comes live")

	rememberOwn(t, ctx, p, base, key)

	secret := key.String()
	for _, no := range []string{"secret-hill", secret, strings.ToUpper(secret)} {
		if strings.Contains(told(), no) {
			t.Errorf("the browser told of %q", no)
		}
	}
	if !strings.Contains(told(), "/api/channels/enc_") {
		t.Error("nothing was asked for: the test sees no requests")
	}

	eval[bool](t, ctx, `(localStorage.clear(), true)`)
	addOwn(t, ctx, base, "Friends", other.String())
	awaitText(t, ctx, ".chat-say", "Wrong key: none of 5 packets")
	eval[bool](t, ctx, `(localStorage.clear(), true)`)
	visit(t, ctx, base+"/channels/"+hex.EncodeToString([]byte{key.HashByte()}))
	awaitText(t, ctx, "main", "No key: this machine knows none")
	addOwn(t, ctx, base, "#quiet-hill", "")
	awaitText(t, ctx, ".chat-say", "Nothing yet: no packet with hash byte")
}

// storedOwn is how many messages a browser keeps of its own channels; -1 while it
// has no store, which the page has to make.
const storedOwn = `new Promise((done) => {
	const ask = indexedDB.open("hilltop");
	ask.onupgradeneeded = () => ask.transaction.abort();
	ask.onerror = () => done(-1);
	ask.onsuccess = () => {
		const all = ask.result.transaction("channels").objectStore("channels").getAll();
		all.onsuccess = () => { ask.result.close(); done(all.result.reduce((n, r) => n + r.list.length, 0)); };
	};
})`

// rememberOwn: what was decrypted is there again at once, new messages are counted
// until they are read, and what is kept goes with the key. The channel has three
// messages and has been opened.
func rememberOwn(t *testing.T, ctx context.Context, p *process, base string, key meshcore.ChannelKey) {
	awaitStored := func(n int) {
		t.Helper()
		for have, deadline := -1, time.Now().Add(time.Minute); have != n; time.Sleep(20 * time.Millisecond) {
			var err error
			have, err = chromedp.Run(ctx, chromedp.Evaluate[int](storedOwn, chromedp.EvalAwaitPromise))
			if time.Now().After(deadline) {
				t.Fatalf("%d messages are kept, want %d; %v", have, n, err)
			}
		}
	}
	awaitStored(3)
	visit(t, ctx, base+"/nodes")
	publish(t, p.broker, packetTopic, packetMessage(sealed(key, "Bob", "not read yet"), time.Now()), packetMessage(sealed(key, "Bob", "nor this"), time.Now()))
	p.await("five packets", func() bool { return p.stats().TotalObservations == 5 })
	visit(t, ctx, base+"/channels")
	awaitText(t, ctx, "#own-channels .unread", "2")
	click(t, ctx, "#own-channels [data-own-read]")
	awaitTrue(t, ctx, "nothing is new", `document.querySelector("#own-channels .unread") === null && document.querySelector("[data-own-read]").hidden`)
	visit(t, ctx, base+"/channels")
	awaitText(t, ctx, "#own-channels .chan-counts", "5 messages in the newest 5 packets")
	if eval[bool](t, ctx, `document.querySelector("#own-channels .unread") !== null`) {
		t.Error("what was marked as read is new again")
	}
	click(t, ctx, "#own-channels .name")
	awaitText(t, ctx, ".messages", "nor this")
	awaitStored(5)
	forget := `[...document.querySelectorAll(".chat-find button")].find((b) => b.textContent.startsWith("Remove"))`
	awaitTrue(t, ctx, "it can be removed", forget+` !== undefined`)
	eval[bool](t, ctx, `(`+forget+`.click(), true)`)
	awaitTrue(t, ctx, "the list without it", `location.pathname === "/channels" && document.getElementById("own-channels").hidden`)
	awaitStored(0)
}
