package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hilltop/firmware-bridge/meshcore"

	"golang.org/x/crypto/bcrypt"
)

// A key that the operator gives opens what is held, outlives a restart, and when
// it is taken away what it opened is locked again.
func TestKeyGivenOpensHistory(t *testing.T) {
	hash := must(bcrypt.GenerateFromPassword([]byte("token"), bcrypt.MinCost))
	config := filepath.Join(t.TempDir(), "hilltop.toml")
	if err := os.WriteFile(config, []byte("admin_token_hash = \""+string(hash)+"\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "data")
	p := start(t, startOptions{dir: dir, args: []string{"--config", config}})
	p.ready()
	publish(t, p.broker, packetTopic, packetMessage(sealed(meshcore.HashtagKey("#late"), "Ann", "before the key"), time.Now()))
	p.await("the packet", func() bool { return p.stats().TotalObservations == 1 })
	status := func(p *process) int { code, _ := p.get("/channels/%23late"); return code }
	if status(p) != 404 {
		t.Fatal("the channel is known already")
	}
	jar := must(cookiejar.New(nil))
	client := &http.Client{Jar: jar}
	post := func(p *process, path string, form url.Values) {
		t.Helper()
		resp, err := client.PostForm("http://"+p.http+path, form)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s", path, resp.Status)
		}
	}
	says := func(p *process, text string) func() bool {
		return func() bool { _, body := p.get("/channels/%23late"); return strings.Contains(body, text) }
	}
	post(p, "/system/signin", url.Values{"token": {"token"}})
	post(p, "/channels/keys", url.Values{"name": {"#late"}})
	p.await("history to open", says(p, "before the key"))
	p.kill()
	p = start(t, startOptions{dir: dir, args: []string{"--config", config}})
	p.ready()
	p.await("history after a kill", says(p, "before the key"))
	post(p, "/system/signin", url.Values{"token": {"token"}})
	page, err := client.Get("http://" + p.http + "/channels")
	if err != nil {
		t.Fatal(err)
	}
	defer page.Body.Close()
	ref := formValue(t, page.Body, "remove")
	post(p, "/channels/keys", url.Values{"remove": {ref}})
	p.await("the channel to go", func() bool { return status(p) == 404 })
	p.await("its packet to be locked", func() bool {
		_, body := p.get("/channels")
		return strings.Contains(body, "1 locked")
	})
}

// formValue is the value of a page's first hidden field of this name.
func formValue(t *testing.T, page io.Reader, name string) string {
	t.Helper()
	html, err := io.ReadAll(page)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(html), `name="`+name+`" value="`)
	value, _, _ := strings.Cut(rest, `"`)
	if !ok {
		t.Fatalf("the page has no field %q", name)
	}
	return value
}
