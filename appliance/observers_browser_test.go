package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// statusMessage is what an observer publishes of itself, with further members.
func statusMessage(name, id string, at time.Time, members string) string {
	return fmt.Sprintf(`{"status":"online","origin":"%s","origin_id":"%s","timestamp":"%s","model":"Heltec V3","firmware_version":"v1.13.0","radio":"869.618,62.5,8,5"%s}`,
		name, id, at.UTC().Format("2006-01-02T15:04:05.000000"), members)
}

const observerTwo = "7D0976C429235E7136C59DC3E530E772E11D8642D08D454532BE29C383720A02"

func statusTopic(id string) string { return "meshcore/SEA/" + id + "/status" }

// The list of observers brings itself up to date: who begins to send appears, and
// what one says of itself changes, on the open page.
func TestObserversBringThemselvesUpToDate(t *testing.T) {
	p := start(t, startOptions{})
	p.ready()
	publish(t, p.broker, packetTopic, packetMessage(frameGroup, time.Now()))
	p.await("the first observer", func() bool { return p.stats().TotalObservers == 1 })
	ctx := browser(t, 1440, 900)
	visit(t, ctx, "http://"+p.http+"/observers")
	eval[bool](t, ctx, `window.loadedOnce = true`)
	awaitLive(t, ctx)
	row := func(id string) string {
		return `document.querySelector('#observers tr:has(a[href="/observers/` + id + `"])')`
	}
	publish(t, p.broker, statusTopic(observerOne), statusMessage("Hill", observerOne, time.Now(), `,"repeat":"off"`))
	awaitTrue(t, ctx, "it is called a listener", row(observerOne)+`?.innerText.includes("listener") === true`)
	publish(t, p.broker, statusTopic(observerTwo), statusMessage("Vale", observerTwo, time.Now(), ""))
	awaitTrue(t, ctx, "the second observer, which sends statuses alone", row(observerTwo)+`?.innerText.includes("status only") === true`)
	awaitTrue(t, ctx, "how the broker stands", `document.querySelector("#feeds").innerText.includes("Embedded broker")`)
	if !eval[bool](t, ctx, `window.loadedOnce === true`) {
		t.Error("the page was loaded again")
	}
	visit(t, ctx, "http://"+p.http+"/observers/"+observerOne)
	awaitText(t, ctx, "main", "never a hop of a path")
}

// A request that is never answered is given up, and the page looks again.
func TestPageGivesUpARequestThatHangs(t *testing.T) {
	p := start(t, startOptions{})
	p.ready()
	publish(t, p.broker, packetTopic, packetMessage(frameGroup, time.Now()))
	p.await("the first observer", func() bool { return p.stats().TotalObservers == 1 })
	ctx := browser(t, 1440, 900)
	visit(t, ctx, "http://"+p.http+"/observers")
	awaitLive(t, ctx)
	eval[bool](t, ctx, `(() => {
		const real = window.fetch;
		window.hung = [];
		AbortSignal.timeout = () => { const c = new AbortController(); c.signal.giveUp = () => c.abort(); return c.signal; };
		window.fetch = (url, how) => window.through ? real(url, how) : new Promise((_, fail) => {
			hung.push(how.signal);
			how.signal.addEventListener("abort", () => fail(how.signal.reason));
		});
		return true;
	})()`)
	publish(t, p.broker, statusTopic(observerTwo), statusMessage("Vale", observerTwo, time.Now(), ""))
	awaitTrue(t, ctx, "a request that hangs", `hung.length > 0`)
	eval[bool](t, ctx, `(window.through = true, hung.forEach(signal => signal.giveUp()), true)`)
	publish(t, p.broker, statusTopic(observerTwo), statusMessage("Dale", observerTwo, time.Now(), ""))
	awaitText(t, ctx, "#observers", "Dale")
}

// An observer's restart and the time in which this machine was off are marked in
// its charts, and stand on the page of the machine.
func TestRestartsAndGapsAreShown(t *testing.T) {
	var lines []string
	now := time.Now()
	for _, x := range []struct {
		ago    time.Duration
		uptime int
	}{{5 * time.Hour, 90_000}, {4 * time.Hour, 93_600}, {3 * time.Hour, 97_200}, {2 * time.Hour, 60}, {time.Hour, 3660}} {
		at := now.Add(-x.ago)
		status := statusMessage("Hill", observerOne, at, fmt.Sprintf(`,"stats":{"battery_mv":%d,"uptime_secs":%d,"noise_floor":-115}`, 4000-x.uptime%97, x.uptime))
		for topic, message := range map[string]string{statusTopic(observerOne): status, packetTopic: packetMessage(frameGroup, at)} {
			lines = append(lines, fmt.Sprintf(`{"t":%d,"topic":"%s","payload":%s}`, at.UnixMilli(), topic, message))
		}
	}
	file := filepath.Join(t.TempDir(), "past.jsonl")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "data")
	if status, _, errOut := command(t, "", "replay", "--speed", "max", "--http", "127.0.0.1:0", "--data", dir, file); status != exitGood {
		t.Fatalf("replay: %d %s", status, errOut)
	}
	p := start(t, startOptions{dir: dir})
	p.ready()

	ctx := browser(t, 1440, 900)
	for _, width := range widths {
		look(t, ctx, width, "light")
		visit(t, ctx, "http://"+p.http+"/observers/"+observerOne)
		awaitText(t, ctx, "#over-time", "restarted before")
		awaitText(t, ctx, "#air", "Last restart")
		awaitText(t, ctx, "#received", "this machine was off")
		visit(t, ctx, "http://"+p.http+"/system#gaps")
		awaitText(t, ctx, "#gaps", "this machine was off")
		if n := eval[float64](t, ctx, `document.querySelectorAll('#gaps figure svg[aria-label] rect[class^="heat-"]').length`); n != 30 {
			t.Errorf("at %d px: want a strip of 30 days, have %g", width, n)
		}
		if over := eval[float64](t, ctx, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
			t.Errorf("at %d px: the page is %g px wider than the window", width, over)
		}
	}
}

// The first page of a machine that has heard nothing shows how to begin, and turns
// into the usual one by itself with the first packet.
func TestFirstPageTurnsByItself(t *testing.T) {
	p := start(t, startOptions{})
	p.ready()
	ctx := browser(t, 1440, 900)
	visit(t, ctx, "http://"+p.http+"/")
	awaitText(t, ctx, "main", "Listening since")
	awaitLive(t, ctx)
	publish(t, p.broker, packetTopic, packetMessage(frameGroup, time.Now()))
	awaitTrue(t, ctx, "the usual page", `!document.querySelector(".guide") && document.querySelector(".figures")?.innerText.includes("Receptions") === true`)
}

// A source with TLS shows until when the broker's certificate is good, its
// messages of the last five minutes, and how often its connection ended.
func TestSourceWithTLSIsShown(t *testing.T) {
	broker := startMosquitto(t, freePort(t))
	certificate, ca := selfSigned(t, 40*24*time.Hour)
	relay := newRelay(t, certificate, broker.addr)
	config := filepath.Join(t.TempDir(), "hilltop.toml")
	text := "[[source]]\nname = \"afar\"\nurl = \"mqtts://127.0.0.1:" + relay.port + "\"\nca_file = \"" + ca + "\"\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, startOptions{args: []string{"--config", config}})
	p.ready()
	p.await("a message by the source", func() bool {
		publish(t, broker.addr, packetTopic, packetMessage(frameGroup, time.Now()))
		return p.stats().TotalObservations > 0
	})
	ctx := browser(t, 1440, 900)
	visit(t, ctx, "http://"+p.http+"/system#sources")
	cell := func(label string) string {
		return `document.querySelector('#source-rows tbody td[data-label="` + label + `"]').innerText`
	}
	awaitTrue(t, ctx, "until when its certificate is good", cell("State")+`.includes("certificate good until")`)
	awaitTrue(t, ctx, "messages of five minutes", `parseInt(`+cell("5 minutes")+`) > 0`)
	if lost := eval[string](t, ctx, cell("Disconnects")); lost != "0" {
		t.Errorf("want no connection ended yet, have %q", lost)
	}
	relay.cut()
	awaitTrue(t, ctx, "that its connection ended", cell("Disconnects")+` === "1"`)
	visit(t, ctx, "http://"+p.http+"/observers")
	awaitText(t, ctx, "#feeds", "afar")
}

// selfSigned makes a certificate of the loopback that is good for so long, and a
// file of it.
func selfSigned(t *testing.T, good time.Duration) (tls.Certificate, string) {
	t.Helper()
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(good), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der := must(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}

// relay takes connections with TLS and passes them on to a broker without.
type relay struct {
	port string
	mu   sync.Mutex
	open []net.Conn // guarded by mu
}

func newRelay(t *testing.T, certificate tls.Certificate, to string) *relay {
	t.Helper()
	l := must(tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}}))
	t.Cleanup(func() { l.Close() })
	r := &relay{}
	_, r.port, _ = net.SplitHostPort(l.Addr().String())
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			on, err := net.Dial("tcp", to)
			if err != nil {
				from.Close()
				continue
			}
			r.mu.Lock()
			r.open = append(r.open, from, on)
			r.mu.Unlock()
			go pass(from, on)
			go pass(on, from)
		}
	}()
	t.Cleanup(r.cut)
	return r
}

func pass(to, from net.Conn) {
	io.Copy(to, from)
	to.Close()
}

// cut ends the connections that are open.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.open {
		c.Close()
	}
	r.open = nil
}
