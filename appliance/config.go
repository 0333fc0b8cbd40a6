package main

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"hilltop/appliance/internal/store"
	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/mqtt"

	"github.com/dustin/go-humanize"
)

// Config is the whole configuration of the appliance, as hilltop.toml spells
// it. Its parts are copied to where they are needed; nothing keeps the whole.
type Config struct {
	HTTP           Address         `toml:"http" comment:"Address of the pages and the API, host:port. A port alone listens everywhere."`
	Data           string          `toml:"data" comment:"Directory of snapshots and settings."`
	Hosts          []string        `toml:"hosts" comment:"Further host names under which browsers may ask for pages."`
	SiteName       string          `toml:"site_name" comment:"Name of this observatory, shown on every page."`
	AdminTokenHash BcryptHash      `toml:"admin_token_hash" comment:"bcrypt hash of the admin token (make one with: hilltop hash). Empty: admin calls are refused."`
	Scopes         []string        `toml:"scopes" comment:"Names of scopes, such as [\"#sea\", \"#pnw\"]: by its name alone the scope of a flood is recognised. What observers say of themselves is learned."`
	Broker         BrokerConfig    `toml:"broker" comment:"The embedded MQTT broker, for observers that publish straight to this machine."`
	Sources        []SourceConfig  `toml:"source" comment:"Brokers to subscribe to, one [[source]] each."`
	Channels       []ChannelConfig `toml:"channel" comment:"Channels to decrypt, one [[channel]] each. A hashtag channel needs no key."`
	Areas          []AreaConfig    `toml:"area" comment:"Areas by which nodes, observers and packets can be filtered, one [[area]] each. None: no page offers any."`
	Snapshot       SnapshotConfig  `toml:"snapshot"`
	Retention      RetentionConfig `toml:"retention" comment:"What to let go of, oldest first. 0 means no limit."`
	Resolver       ResolverConfig  `toml:"resolver"`
}

// BrokerConfig is the embedded broker.
type BrokerConfig struct {
	Listen     Address      `toml:"listen" comment:"Address of the broker, host:port, or off. WebSocket clients use the HTTP port."`
	Users      []BrokerUser `toml:"users" comment:"Accounts. None: anyone on the network may publish. An observer that signs in with a token made from its own key needs none, and may publish as itself alone."`
	MaxMessage int          `toml:"max_message" comment:"Largest MQTT message, bytes."`
	MaxClients int          `toml:"max_clients" comment:"Most clients at a time."`
	ClientRate int          `toml:"client_rate" comment:"Messages a second from which on a client is slowed; none is dropped."`
}

// BrokerUser is one account on the embedded broker.
type BrokerUser struct {
	Name         string     `toml:"name"`
	PasswordHash BcryptHash `toml:"password_hash" comment:"Make one with: hilltop hash"`
	Topics       []string   `toml:"topics" comment:"Topics it may publish to, MQTT wildcards allowed; none: all that feeds need."`
}

// SourceConfig is one foreign broker.
type SourceConfig struct {
	Name       string    `toml:"name"`
	URL        SourceURL `toml:"url" comment:"mqtt://, mqtts://, ws:// or wss://"`
	Topics     []string  `toml:"topics"`
	Username   string    `toml:"username"`
	Password   string    `toml:"password"`
	JWTKey     JWTKey    `toml:"jwt_key" comment:"A node's private key, 128 hex digits (get prv.key): signs in with a token made from it."`
	IATAFilter []string  `toml:"iata_filter" comment:"Regions to take; none: all."`
	Region     string    `toml:"region" comment:"Region of observers whose topic names none."`
	CAFile     CAFile    `toml:"ca_file" comment:"PEM file of further root certificates."`
	Insecure   bool      `toml:"insecure" comment:"Do not check the broker's certificate. A warning stands on every page."`
	Silence    Duration  `toml:"silence" comment:"Reconnect after so long without a message, once it has delivered any."`
}

// ChannelConfig is one channel whose messages are shown.
type ChannelConfig struct {
	Name string     `toml:"name"`
	Key  ChannelKey `toml:"key" comment:"32 hex digits or base64; none for a hashtag channel."`
}

// SnapshotConfig is the journal's pace.
type SnapshotConfig struct {
	Interval Duration `toml:"interval" comment:"What came in is written to disk this often; a power cut loses at most so much."`
}

// RetentionConfig is what limits the data held.
type RetentionConfig struct {
	MaxAge Duration `toml:"max_age" comment:"Such as 30d."`
	Disk   Size     `toml:"disk" comment:"Such as 2GB, at least 64MB: the oldest hours are deleted when the data directory takes more, but never the newest 24."`
	Memory Size     `toml:"memory" comment:"Such as 300MB, or auto, 60 % of the machine's: the oldest hours are not loaded when the process takes more. Their files stay."`
}

// ResolverConfig is the naming of hops.
type ResolverConfig struct {
	Threshold float64 `toml:"threshold" comment:"Least probability with which a hop is named, 0.5 to 1."`
}

// defaultConfig is what holds where nothing else is said.
func defaultConfig() Config {
	return Config{
		HTTP:      ":8080",
		Data:      "data",
		Broker:    BrokerConfig{Listen: ":1883", MaxMessage: 16384, MaxClients: 500, ClientRate: 5000},
		Snapshot:  SnapshotConfig{Interval: Duration(time.Minute)},
		Retention: RetentionConfig{Memory: "auto", Disk: "0"},
		Resolver:  ResolverConfig{Threshold: 0.9},
	}
}

// defaultSilence is how long a source that has delivered may be silent.
const defaultSilence = 5 * time.Minute

// complete fills what a part leaves out and checks what no single value can
// tell. at says where a key such as source.0.region stands, "" if it is in no
// file; the errors begin with it and name the key.
func (c *Config) complete(at func(key string) string) error {
	var errs []error
	check := func(ok bool, key, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf("%s%s: %w", at(key), key, fmt.Errorf(format, args...)))
		}
	}
	check(c.Data != "", "data", "want the path of a directory")
	check(c.HTTP != "off", "http", "the pages cannot be off")
	check(c.Snapshot.Interval >= Duration(time.Second), "snapshot.interval", "want 1s or more, have %s", c.Snapshot.Interval)
	check(c.Retention.Disk != "auto", "retention.disk", "want an amount such as 2GB, or 0")
	if disk := c.Retention.Disk.bytes(); disk > 0 {
		check(disk >= store.LeastDisk, "retention.disk", "want %s or more, have %s: journal and checkpoints alone may take that much; 0 is no limit",
			humanize.Bytes(store.LeastDisk), humanize.Bytes(uint64(disk)))
	}
	check(c.Resolver.Threshold >= 0.5 && c.Resolver.Threshold <= 1, "resolver.threshold", "want 0.5 to 1, have %g", c.Resolver.Threshold)
	c.completeScopes(check)
	c.completeAreas(check)
	c.Broker.complete(check)
	c.completeSources(check)
	for i, ch := range c.Channels {
		key := fmt.Sprintf("channel.%d", i)
		check(ch.Name != "", key, "it has no name")
		check(ch.Key != "" || strings.HasPrefix(ch.Name, "#"), key, "%q: only a hashtag channel (#name) needs no key", ch.Name)
	}
	return errors.Join(errs...)
}

// scopesMost is how many names of scopes make sense: every one is tried on every
// scoped flood.
const scopesMost = 256

// completeScopes writes every scope with its hash.
func (c *Config) completeScopes(check checker) {
	check(len(c.Scopes) <= scopesMost, "scopes", "want %d names at most, have %d", scopesMost, len(c.Scopes))
	seen := map[string]bool{}
	for i, name := range c.Scopes {
		full, ok := meshcore.ScopeName(name)
		check(ok, "scopes", "%q is no name of a public scope: 1 to %d bytes, no blanks, such as #sea", name, meshcore.MaxRegionName)
		check(!seen[full], "scopes", "%q stands there twice", name)
		seen[full], c.Scopes[i] = true, full
	}
}

// checker notes what is wrong with a key.
type checker func(ok bool, key, format string, args ...any)

func (b *BrokerConfig) complete(check checker) {
	check(b.MaxMessage >= 1024 && b.MaxMessage <= 1<<20, "broker.max_message", "want 1024 to 1048576 bytes, have %d", b.MaxMessage)
	check(b.MaxClients >= 1 && b.MaxClients <= 100_000, "broker.max_clients", "want 1 to 100000, have %d", b.MaxClients)
	check(b.ClientRate >= 1, "broker.client_rate", "want 1 or more messages a second, have %d", b.ClientRate)
	users := map[string]bool{}
	for i, u := range b.Users {
		key := fmt.Sprintf("broker.users.%d", i)
		check(u.Name != "", key, "it has no name")
		check(u.PasswordHash != "", key, "%q has no password_hash (make one with: hilltop hash)", u.Name)
		check(!users[u.Name], key, "the name %q stands there twice", u.Name)
		users[u.Name] = true
		for _, filter := range u.Topics {
			err := mqtt.CheckFilter(filter)
			check(err == nil, key+".topics", "%v", err)
		}
	}
}

func (c *Config) completeSources(check checker) {
	names := map[string]bool{}
	for i := range c.Sources {
		s, key := &c.Sources[i], fmt.Sprintf("source.%d", i)
		if s.Name == "" {
			s.Name = s.URL.host()
		}
		if s.Silence == 0 {
			s.Silence = Duration(defaultSilence)
		}
		check(s.URL != "", key, "%q has no url", s.Name)
		check(!slices.Contains(ownNames, s.Name), key+".name", "the name %q is the appliance's own; give this source another name", s.Name)
		check(!names[s.Name], key+".name", "the name %q stands there twice", s.Name)
		names[s.Name] = true
		check(s.JWTKey == "" || s.Username == "" && s.Password == "", key+".jwt_key", "it signs in by itself; leave out username and password")
		check(s.Password == "" || s.Username != "", key+".password", "it needs a username beside it")
		check(s.Silence >= Duration(10*time.Second), key+".silence", "want 10s or more, have %s", s.Silence)
		check(s.Region == "" || isRegion(s.Region), key+".region", "want three letters, have %q", s.Region)
		s.Region = strings.ToUpper(s.Region)
		for j, r := range s.IATAFilter {
			check(isRegion(r), key+".iata_filter", "want three letters, have %q", r)
			s.IATAFilter[j] = strings.ToUpper(r)
		}
		for _, filter := range s.Topics {
			err := mqtt.CheckFilter(filter)
			check(err == nil, key+".topics", "%v", err)
		}
	}
}

func isRegion(s string) bool {
	if len(s) != 3 {
		return strings.EqualFold(s, "test")
	}
	for _, c := range strings.ToUpper(s) {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return true
}

// ownNames are the names under which the appliance's own messages come in.
var ownNames = []string{sourceBroker, sourceReplay, sourceDemoPast}

// Address is host:port, :port, or off.
type Address string

func (a Address) check() error {
	if s := string(a); s != "off" {
		_, port, err := net.SplitHostPort(s)
		if err == nil && port == "" {
			err = errors.New("no port")
		}
		if err == nil {
			if _, e := net.LookupPort("tcp", port); e != nil {
				err = fmt.Errorf("no port %q", port)
			}
		}
		if err != nil {
			return fmt.Errorf("want host:port or :port such as :8080, have %q", s)
		}
	}
	return nil
}

// BcryptHash is the hash of a password or token, "" for none.
type BcryptHash string

func (h BcryptHash) check() error {
	if s := string(h); s != "" && (len(s) != 60 || !strings.HasPrefix(s, "$2")) {
		return errors.New("want a bcrypt hash, 60 characters that begin with $2 (make one with: hilltop hash)")
	}
	return nil
}

// SourceURL is the address of a foreign broker.
type SourceURL string

func (u SourceURL) check() error {
	if u == "" {
		return nil // said where the source is named
	}
	text := string(u)
	p, err := url.Parse(text)
	if err != nil {
		return fmt.Errorf("want a URL such as mqtts://broker.example:8883, have %q", text)
	}
	switch p.Scheme {
	case "mqtt", "mqtts", "ws", "wss":
	default:
		return fmt.Errorf("want a URL that begins with mqtt://, mqtts://, ws:// or wss://, have %q", text)
	}
	if p.Hostname() == "" {
		return fmt.Errorf("the URL %q names no host", text)
	}
	if p.User != nil {
		return errors.New("put user name and password into username and password, not into the URL")
	}
	return nil
}

func (u SourceURL) host() string {
	p, err := url.Parse(string(u))
	if err != nil {
		return ""
	}
	return p.Hostname()
}

// CAFile names a file of root certificates, "" for none.
type CAFile string

func (f CAFile) check() error {
	if f == "" {
		return nil
	}
	_, err := os.ReadFile(string(f))
	return err
}

// JWTKey is a node's private key in hex, "" for none.
type JWTKey string

func (k JWTKey) check() error {
	if k != "" {
		if _, err := meshcore.ParsePrivateKey(string(k)); err != nil {
			return errors.New("want a node's private key, 128 hex digits as its command `get prv.key` prints them")
		}
	}
	return nil
}

// ChannelKey is a channel's key in hex or base64, "" for that of a hashtag.
type ChannelKey string

func (k ChannelKey) check() error {
	if k != "" {
		if _, err := meshcore.ParseChannelKey(string(k)); err != nil {
			return errors.New("want a channel key: 32 or 64 hex digits, or base64 of 16 or 32 bytes")
		}
	}
	return nil
}

// Duration is a span of time that may be given in days, such as 30d; "0" is none.
type Duration time.Duration

// UnmarshalText reads what time.ParseDuration reads, and days.
func (d *Duration) UnmarshalText(text []byte) error {
	s := string(text)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseFloat(days, 64)
		if err == nil && n >= 0 && n < 36500 {
			*d = Duration(n * 24 * float64(time.Hour))
			return nil
		}
	}
	v, err := time.ParseDuration(s)
	if err != nil || v < 0 {
		return fmt.Errorf("want a span of time such as 60s, 5m, 36h or 30d, have %q", s)
	}
	*d = Duration(v)
	return nil
}

// String writes whole days as days.
func (d Duration) String() string {
	const day = 24 * time.Hour
	v := time.Duration(d)
	switch {
	case v == 0:
		return "0"
	case v%day == 0:
		return strconv.FormatInt(int64(v/day), 10) + "d"
	}
	s := v.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// MarshalText writes what UnmarshalText reads.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Size is an amount of bytes such as 300MB; "0" is no limit, "auto" what the
// machine suggests.
type Size string

// bytes is the amount; 0 for auto, and for what check refuses.
func (s Size) bytes() int64 {
	n, err := humanize.ParseBytes(string(s))
	if err != nil {
		return 0
	}
	return int64(min(n, math.MaxInt64))
}

func (s Size) check() error {
	if v := string(s); v != "auto" {
		if _, err := humanize.ParseBytes(v); err != nil {
			return fmt.Errorf("want an amount such as 300MB or 2GB, 0, or auto; have %q", v)
		}
	}
	return nil
}
