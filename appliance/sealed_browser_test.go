package main

import (
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"hilltop/firmware-bridge/meshcore"
)

// What this machine has no key for is opened by a key of the browser on the page of
// tools and on that of the packet: on plain http, without telling anybody the key,
// and in the place where the machine shows what it opens itself.
func TestOwnKeysOpenPackets(t *testing.T) {
	p := start(t, startOptions{})
	p.ready()
	key, stranger := meshcore.HashtagKey("#secret-hill"), meshcore.HashtagKey("#other-hill")
	evil := `<img src=x onerror="window.pwned=1">`
	data := must(meshcore.GroupData{DataType: 0x1A2B, Data: []byte{0xC0, 0xFF, 0xEE}}.Seal(key))
	datagram := meshcore.Packet{Header: byte(meshcore.TypeGrpData)<<2 | byte(meshcore.Flood), Route: meshcore.Flood, Type: meshcore.TypeGrpData, Payload: data}
	text, hostile, other := sealed(key, "Zoë 🐢", "grüße from the hill"), sealed(key, evil, evil), sealed(stranger, "Eve", "never seen")
	publish(t, p.broker, packetTopic, packetMessage(text, time.Now()), packetMessage(other, time.Now()))
	p.await("two packets", func() bool { return p.stats().TotalObservations == 2 })
	_, port, _ := strings.Cut(p.http, ":")
	base := "http://hilltop:" + port
	ctx := browser(t, 1440, 900)
	told := sent(t, ctx)
	packetOf := func(frame string) string { return base + "/packets/" + hashOf(t, frame) }

	visit(t, ctx, packetOf(text))
	awaitText(t, ctx, ".packet-message.locked", "Locked: no key here has the hash byte")
	addOwn(t, ctx, base, "secret-hill", "")
	if eval[bool](t, ctx, `isSecureContext`) {
		t.Error("the page is secure: it does not show that plain http is enough")
	}

	visit(t, ctx, packetOf(text))
	awaitText(t, ctx, ".packet-message:not(.locked)", "grüße from the hill")
	for _, want := range []string{"#secret-hill", "Zoë 🐢", "name as claimed, not signed", "read in this browser"} {
		awaitText(t, ctx, ".packet-message", want)
	}
	// fields are name, offset, length and value of each field of what was opened.
	const fields = `[...document.querySelectorAll("table[id$=plain-table] tbody tr")].map(r => [...r.cells].slice(0, 4).map(c => c.textContent.replaceAll("\u00a0", " ")).join("|"))`
	said := "Zoë 🐢: grüße from the hill"
	whole := (5 + len(said) + 15) / 16 * 16
	awaitTrue(t, ctx, "the fields of what was opened", `document.querySelectorAll("#plain-table tbody tr").length === 4`)
	have := eval[[]string](t, ctx, fields)
	if want := []string{"flags|4|1 B|00", fmt.Sprintf("text|5|%d B|%s", len(said), said), fmt.Sprintf("padding|%d|%d B|%s", 5+len(said), whole-5-len(said), strings.Repeat("00", whole-5-len(said)))}; !slices.Equal(have[1:], want) || !strings.HasPrefix(have[0], "timestamp|0|4 B|") {
		t.Errorf("fields %q, want a timestamp and %q", have, want)
	}
	accessible(t, ctx, "a packet opened by the browser", string(must(os.ReadFile("testdata/axe/axe.min.js"))))
	click(t, ctx, ".packet-message a.packet-channel")
	awaitText(t, ctx, "main h1", "#secret-hill")
	visit(t, ctx, packetOf(other))
	awaitText(t, ctx, ".packet-message.locked", "Locked: ")

	tools := func(frames ...string) {
		t.Helper()
		visit(t, ctx, base+"/tools")
		eval[bool](t, ctx, fmt.Sprintf(`(document.querySelector('[name="hex"]').value = %q, true)`, strings.Join(frames, "\n")))
		click(t, ctx, ".tools-form .primary")
	}
	tools(text)
	awaitText(t, ctx, ".packet-message:not(.locked)", "grüße from the hill")
	awaitText(t, ctx, ".packet-message", "read in this browser")
	tools(hostile, other, fmt.Sprintf("%X", datagram.AppendTo(nil)))
	awaitText(t, ctx, "#frames tbody tr:nth-child(1)", evil)
	awaitText(t, ctx, "#frames tbody tr:nth-child(3)", "Data of type 1A2B: C0FFEE")
	awaitTrue(t, ctx, "the other channel stays locked", `document.querySelector("#frames tbody tr:nth-child(2) .packet-channel.locked") !== null`)
	awaitTrue(t, ctx, "the fields of the datagram", fields+`.some(f => f === "data|3|3 B|C0FFEE")`)
	if n := eval[int](t, ctx, `document.querySelectorAll("template[data-own-plain]").length`); n != 1 {
		t.Errorf("%d of three frames list no fields, want the one that stays locked", n)
	}
	if n := eval[int](t, ctx, `document.querySelectorAll(".packet-message:not(.locked)").length`); n != 2 {
		t.Errorf("%d of three frames are open, want two", n)
	}
	if eval[bool](t, ctx, `window.pwned === 1 || document.querySelector("main img") !== null`) {
		t.Error("a message became markup")
	}
	for _, no := range []string{"secret-hill", key.String(), strings.ToUpper(key.String())} {
		if strings.Contains(told(), no) {
			t.Errorf("the browser told of %q", no)
		}
	}
	if !strings.Contains(told(), "/tools") {
		t.Error("nothing was asked for: the test sees no requests")
	}
}

// hashOf is the hash of a frame's packet.
func hashOf(t *testing.T, frame string) string {
	t.Helper()
	return must(meshcore.Parse(must(hex.DecodeString(frame)))).Hash().String()
}
