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
	if err := chromedp.Do(ctx, chromedp.Click(".own-form .primary")); err != nil {
		t.Fatal(err)
	}
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
	if err := chromedp.Do(ctx, chromedp.Click(".chat-find .button")); err != nil {
		t.Fatal(err)
	}
	awaitText(t, ctx, "dialog", "meshcore://channel/add?name=%23secret-hill&secret="+key.String())
	accessible(t, ctx, "its share", string(axe))
	have, err := chromedp.Run(ctx, chromedp.Evaluate[string](readQR, chromedp.EvalAwaitPromise))
	if err != nil || have != "meshcore://channel/add?name=%23secret-hill&secret="+key.String() {
		t.Errorf("the QR code says %q, %v", have, err)
	}
	if err := chromedp.Do(ctx, chromedp.Click("dialog > .button")); err != nil {
		t.Fatal(err)
	}
	publish(t, p.broker, packetTopic, packetMessage(sealed(key, "Bob", "comes live"), time.Now()))
	awaitText(t, ctx, ".messages", "comes live")
	visit(t, ctx, base+"/channels")
	awaitText(t, ctx, "#own-channels", "comes live")
	if err := chromedp.Do(ctx, chromedp.Click("#own-channels .name")); err != nil {
		t.Fatal(err)
	}
	awaitText(t, ctx, "main h1", "#secret-hill")
	awaitText(t, ctx, ".messages", "comes live")

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
	awaitText(t, ctx, ".chat-say", "Wrong key: none of 3 packets")
	eval[bool](t, ctx, `(localStorage.clear(), true)`)
	visit(t, ctx, base+"/channels/"+hex.EncodeToString([]byte{key.HashByte()}))
	awaitText(t, ctx, "main", "No key: this machine knows none")
	addOwn(t, ctx, base, "#quiet-hill", "")
	awaitText(t, ctx, ".chat-say", "Nothing yet: no packet with hash byte")
}
