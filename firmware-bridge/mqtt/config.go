package mqtt

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// DefaultSilence is how long a source that has delivered may be silent before
// its connection is made anew.
const DefaultSilence = 5 * time.Minute

// Config is one foreign broker.
type Config struct {
	Name     string   // shown to people and written into every envelope
	URL      string   // mqtt://, mqtts://, ws:// or wss://; the usual port where it names none
	Topics   []string // filters; none: DefaultTopics
	Username string
	Password string
	// Login makes user name and password afresh for each connection, as tokens
	// need that expire. It replaces Username and Password.
	Login    func() (user, password string, err error)
	CA       []byte        // PEM of further root certificates
	Insecure bool          // do not check the broker's certificate
	Silence  time.Duration // 0: DefaultSilence
	// ClientID has to be unique at the broker, and the same at each start, so
	// that an old connection of ours is taken over instead of counted against
	// the account. "" makes a random one.
	ClientID string
}

// DefaultTopics are the filters of what is worth having. Foreign brokers may
// refuse wider ones, and carry what is none of our business.
func DefaultTopics() []string {
	return []string{"meshcore/+/+/packets", "meshcore/+/+/status", "meshcore/+/+/neighbors"}
}

var defaultPorts = map[string]string{"mqtt": "1883", "mqtts": "8883", "ws": "80", "wss": "443"}

// endpoint is a checked Config.
type endpoint struct {
	Config
	url *url.URL // with a port
	tls *tls.Config
	// ends is when the certificate that the broker showed last ends, Unix s; 0 while
	// it has shown none.
	ends *atomic.Int64
	// answer is how long the broker may take to answer, CONNACK and SUBACK each.
	answer time.Duration
}

func newEndpoint(c Config) (endpoint, error) {
	e := endpoint{Config: c, ends: new(atomic.Int64), answer: handshakeTimeout}
	var err error
	if e.url, err = parseURL(c.URL); err != nil {
		return e, err
	}
	if c.Password != "" && c.Username == "" {
		return e, fmt.Errorf("password: it needs a username beside it")
	}
	if c.Login != nil && c.Username != "" {
		return e, fmt.Errorf("username: leave it out where a key signs in")
	}
	if c.Silence < 0 {
		return e, fmt.Errorf("silence: want a positive span of time such as 5m, have %s", c.Silence)
	}
	if c.Silence == 0 {
		e.Silence = DefaultSilence
	}
	if len(c.Topics) == 0 {
		e.Topics = DefaultTopics()
	}
	for _, filter := range e.Topics {
		if err := CheckFilter(filter); err != nil {
			return e, fmt.Errorf("topics: %w", err)
		}
	}
	if c.ClientID == "" {
		e.ClientID = randomID()
	}
	if e.tls, err = tlsConfig(e.url.Hostname(), c.CA, c.Insecure); err != nil {
		return e, err
	}
	e.tls.VerifyConnection = func(s tls.ConnectionState) error {
		if len(s.PeerCertificates) > 0 {
			e.ends.Store(s.PeerCertificates[0].NotAfter.Unix())
		}
		return nil
	}
	return e, nil
}

func parseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil {
		return nil, fmt.Errorf("url: want one such as mqtts://broker.example:8883, have one that cannot be read")
	}
	port, ok := defaultPorts[u.Scheme]
	switch {
	case !ok:
		return nil, fmt.Errorf("url: want it to begin with mqtt://, mqtts://, ws:// or wss://, have %q", u.Redacted())
	case u.Hostname() == "":
		return nil, fmt.Errorf("url: %q names no host", u.Redacted())
	case u.User != nil:
		return nil, fmt.Errorf("url: put user name and password into username and password")
	}
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), port)
	}
	return u, nil
}

// CheckFilter tells why a text is no topic filter. It follows MQTT 3.1.1 §4.7.1.
func CheckFilter(filter string) error {
	if filter == "" || len(filter) > 65535 || strings.ContainsRune(filter, 0) {
		return fmt.Errorf("%q is no topic filter", filter)
	}
	levels := strings.Split(filter, "/")
	for i, level := range levels {
		if strings.Contains(level, "#") && (level != "#" || i != len(levels)-1) {
			return fmt.Errorf("%q: # stands alone at the end, as in meshcore/#", filter)
		}
		if strings.Contains(level, "+") && level != "+" {
			return fmt.Errorf("%q: + stands for a whole level, as in meshcore/+/+/packets", filter)
		}
	}
	return nil
}

func tlsConfig(host string, ca []byte, insecure bool) (*tls.Config, error) {
	c := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, InsecureSkipVerify: insecure}
	if len(ca) == 0 {
		return c, nil
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("ca_file: it holds no certificate (want PEM, beginning with -----BEGIN CERTIFICATE-----)")
	}
	c.RootCAs = roots
	return c, nil
}

// randomID stays within the 23 characters that every broker takes.
func randomID() string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // never fails
	return "hilltop-" + hex.EncodeToString(b[:])
}
