package broker

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// Off as Listen opens no TCP port; WebSocket clients are served all the same.
const Off = "off"

// Config is what the broker has to know.
type Config struct {
	Listen     string // host:port or Off
	Users      []User // none: anyone on the network may publish
	MaxMessage int    // largest MQTT packet, bytes; a larger one ends the connection
	MaxClients int
	ClientRate int // packets a second from which on a client is slowed
	// VerifyToken checks a login by token and returns the key that signed it,
	// in upper-case hex. Nil: there are no such logins.
	VerifyToken func(username, token string) (key string, err error)
	// Source is the name of this broker in envelopes.
	Source string
	// Lost is told of each message that was taken from a client and found no
	// room. Nil: nobody is.
	Lost  func()
	Now   func() time.Time // the clock that stamps arrivals; nil: time.Now
	Retry time.Duration    // pause before a taken port is tried again; 0: 3 s
	// Patience is how long a message waits for room in the inbox; 0: 2 s.
	Patience time.Duration
	// WriteTimeout is after how long a subscriber that takes nothing goes; 0: 10 s.
	WriteTimeout time.Duration
}

// User is an account.
type User struct {
	Name         string
	PasswordHash string   // bcrypt
	Topics       []string // filters it may publish to; none: all that feeds need
}

func (c *Config) complete() error {
	c.Retry = cmp.Or(c.Retry, 3*time.Second)
	c.Patience = cmp.Or(c.Patience, 2*time.Second)
	c.WriteTimeout = cmp.Or(c.WriteTimeout, 10*time.Second)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Source == "" {
		c.Source = "broker"
	}
	switch {
	case c.Listen == "":
		return fmt.Errorf("listen: want host:port or off")
	case c.MaxMessage < 128:
		return fmt.Errorf("max_message: want 128 bytes or more, have %d", c.MaxMessage)
	case c.MaxClients < 1:
		return fmt.Errorf("max_clients: want 1 or more, have %d", c.MaxClients)
	case c.ClientRate < 1:
		return fmt.Errorf("client_rate: want 1 or more messages a second, have %d", c.ClientRate)
	}
	for _, u := range c.Users {
		if u.Name == "" {
			return fmt.Errorf("users: one has no name")
		}
		for _, f := range u.Topics {
			if !validFilter(f) {
				return fmt.Errorf("users, %q: %q is no topic filter", u.Name, f)
			}
		}
	}
	return nil
}

func validFilter(filter string) bool {
	levels := strings.Split(filter, "/")
	for i, l := range levels {
		if strings.Contains(l, "+") && l != "+" || strings.Contains(l, "#") && (l != "#" || i < len(levels)-1) {
			return false
		}
	}
	return filter != ""
}
