package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hilltop/firmware-bridge/meshcore"
)

// starsOfRows: a row's star works without a script, where the page leads back
// to itself; with one nothing is loaded again, and a row that comes in live, made
// for everybody alike, has the viewer's star.
func starsOfRows(t *testing.T, parent context.Context, p *process) {
	pressed := func(of string) string {
		return fmt.Sprintf(`document.querySelector('.star[value="%s"]')?.getAttribute("aria-pressed")`, of)
	}
	const first = `[...document.querySelectorAll(".star")].find(b => b.offsetParent).value`
	for _, width := range widths {
		t.Run(fmt.Sprintf("%d px", width), func(t *testing.T) {
			plain := tab(t, parent)
			look(t, plain, width, "light")
			withoutScript(t, plain)
			for _, path := range []string{"/nodes?sort=name:asc", "/observers", "/channels"} {
				visit(t, plain, "http://"+p.http+path)
				v := visitor{t: t, ctx: plain, width: width}
				of := v.say(first)
				v.click(fmt.Sprintf(`.star[value="%s"]`, of))
				v.sees(path+": its star", pressed(of)+` === "true"`)
				if at := v.say("location.pathname + location.search"); at != path {
					t.Errorf("the star of %s leads to %s", path, at)
				}
			}
			visit(t, plain, "http://"+p.http+"/")
			if n := eval[float64](t, plain, `document.querySelectorAll("#home-stars .star-line, #home-stars .star-card").length`); n != 3 {
				t.Errorf("%g of 3 are on the first page", n)
			}
			shut(t, plain)

			ctx := tab(t, parent)
			look(t, ctx, width, "dark")
			visit(t, ctx, "http://"+p.http+"/nodes?n=150") // so many that none leaves the list soon
			awaitTrue(t, ctx, "the script runs", `document.documentElement.classList.contains("js")`)
			v := visitor{t: t, ctx: ctx, width: width}
			eval[bool](t, ctx, `window.same = true`)
			of := v.say(first) // by its value: the first row is soon another one's
			v.click(fmt.Sprintf(`.star[value="%s"]`, of))
			v.sees("its star", pressed(of)+` === "true"`)
			v.click(fmt.Sprintf(`.star[value="%s"]`, of))
			v.sees("that it is let go", pressed(of)+` === "false" && window.same`)

			key, frame := newcomer(t, byte(width>>3))
			eval[bool](t, ctx, fmt.Sprintf(`(document.cookie = "stars=%s", true)`, key[:16]))
			visit(t, ctx, "http://"+p.http+"/nodes?n=150")
			point(t, ctx, 1, 1) // what is under the pointer stays
			awaitTrue(t, ctx, "the event stream is open", `document.documentElement.dataset.live === "on"`)
			publish(t, p.broker, packetTopic, packetMessage(frame, time.Now()))
			came := pressed("node:" + key[:16])
			v.sees("a row that came in live", came+` !== undefined`)
			if got := v.say(came); got != "true" {
				t.Errorf("the live row's star is pressed: %s", got)
			}
			shut(t, ctx)
		})
	}
}

// newcomer is a repeater that no mesh knows, by its key, and an advert of it.
func newcomer(t *testing.T, seed byte) (key, frame string) {
	t.Helper()
	private := meshcore.FromSeed([32]byte{seed})
	advert, err := meshcore.SignAdvert(private, meshcore.Advert{
		Timestamp: uint32(time.Now().Unix()), Role: meshcore.RoleRepeater, HasName: true, Name: fmt.Sprintf("Newcomer %d", seed),
	})
	if err != nil {
		t.Fatal(err)
	}
	return private.Public().String(), fmt.Sprintf("%X", meshcore.NewFlood(meshcore.TypeAdvert, 1, advert.AppendTo(nil)).AppendTo(nil))
}
