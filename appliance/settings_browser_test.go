package main

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// What a viewer sets is kept by the browser and rendered by the server, by
// forms alone.
func TestSettingsWithoutScript(t *testing.T) {
	p := start(t, startOptions{})
	p.ready()
	ctx := browser(t, 1440, 900)
	withoutScript(t, ctx)
	visit(t, ctx, "http://"+p.http+"/settings")
	for _, choice := range []string{`.settings [name="density"][value="compact"]`, `.settings [name="times"][value="clock"]`, `.settings [name="theme"][value="dark"]`} {
		click(t, ctx, choice)
		awaitTrue(t, ctx, choice+" is chosen", `document.querySelector('`+choice+`').checked`)
	}
	click(t, ctx, `.settings .primary`)
	awaitText(t, ctx, ".saved", "Kept")
	visit(t, ctx, "http://"+p.http+"/packets")
	have := eval[string](t, ctx, `JSON.stringify({...document.documentElement.dataset})`)
	if want := `{"theme":"dark","density":"compact","times":"clock"}`; have != want {
		t.Errorf("want %s, have %s", want, have)
	}
	if ground := eval[string](t, ctx, `getComputedStyle(document.body).backgroundColor`); ground != "rgb(12, 17, 16)" {
		t.Errorf("want the dark ground, have %s", ground)
	}
}

// A browser's zone is told to the server, which writes times in it.
func TestTimesInTheViewersZone(t *testing.T) {
	p := start(t, startOptions{})
	p.ready()
	req, err := http.NewRequest(http.MethodGet, "http://"+p.http+"/system", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(&http.Cookie{Name: "zone", Value: url.QueryEscape("Asia/Kolkata")})
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(body), "Times in Asia/Kolkata") || !strings.Contains(string(body), " IST") {
		t.Errorf("want times in India's zone, have %s", tail(string(body), 2000))
	}
}
