package main

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
)

// A form asks for what was filled in and nothing else, and shows what the address
// says, also when one comes back; Enter opens the packet that is marked, not who
// relayed it.
func TestFormsAndAddressesAgree(t *testing.T) {
	p := start(t, startOptions{})
	p.ready()
	publish(t, p.broker, packetTopic, packetMessage(frameGroup, time.Now()))
	p.await("a packet", func() bool { return p.stats().TotalObservations == 1 })
	ctx := browser(t, 1440, 900)
	visit(t, ctx, "http://"+p.http+"/packets")
	awaitTrue(t, ctx, "the script runs", `document.documentElement.classList.contains("js")`)
	const box = `document.querySelector('.filter-form [name="type"][value="4"]')`
	eval[bool](t, ctx, `(document.querySelector(".filter-box").open = true, `+box+`.click(), document.querySelector(".filter-form .primary").click(), true)`)
	awaitTrue(t, ctx, "the adverts", `location.pathname + location.search === "/packets?type=4" && `+box+`?.checked === true`)
	eval[bool](t, ctx, `(history.back(), true)`)
	awaitTrue(t, ctx, "all packets, and no box that is ticked", `location.pathname + location.search === "/packets" && `+box+`?.checked === false`)

	visit(t, ctx, "http://"+p.http+"/packets")
	awaitTrue(t, ctx, "the script runs", `document.documentElement.classList.contains("js")`)
	press(t, ctx, "j", kb.Enter)
	awaitTrue(t, ctx, "the packet", `location.pathname === "/packets/`+hashGroup+`"`)
}
