package broker

import (
	"bufio"
	"net"
	"os/exec"
	"strings"
	"testing"
)

// TestMosquittoClients speaks with the clients that everyone has.
func TestMosquittoClients(t *testing.T) {
	for _, tool := range []string{"mosquitto_pub", "mosquitto_sub"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	for version, shown := range map[string]string{"mqttv31": "3.1", "mqttv311": "3.1.1", "mqttv5": "5"} {
		t.Run(version, func(t *testing.T) {
			b := run(t, config())
			host, port, _ := net.SplitHostPort(b.addr())
			base := []string{"-h", host, "-p", port, "-V", version}
			sub := exec.Command("mosquitto_sub", append(base, "-v", "-C", "2", "-i", "sub", "-t", "meshcore/#")...)
			out, err := sub.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := sub.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = sub.Wait() }()
			s := b.until(t, "subscribed", func(s State) bool { return len(s.Clients) == 1 && len(s.Clients[0].Subscriptions) == 1 })
			if s.Clients[0].Protocol != shown {
				t.Errorf("shown as %q, want %q", s.Clients[0].Protocol, shown)
			}
			for _, qos := range []string{"0", "1"} {
				args := append(base, "-q", qos, "-r", "-t", topic, "-m", "{"+qos+"}", "-i", strings.Repeat("long", 10))
				if version == "mqttv31" {
					args[len(args)-1] = "short"
				}
				if said, err := exec.Command("mosquitto_pub", args...).CombinedOutput(); err != nil {
					t.Fatalf("mosquitto_pub: %v %s", err, said)
				}
				if e := b.receive(t); string(e.Payload) != "{"+qos+"}" {
					t.Errorf("got %q", e.Payload)
				}
			}
			lines := bufio.NewScanner(out)
			for _, want := range []string{topic + " {0}", topic + " {1}"} {
				if !lines.Scan() || lines.Text() != want {
					t.Errorf("mosquitto_sub printed %q, want %q", lines.Text(), want)
				}
			}
		})
	}
}
