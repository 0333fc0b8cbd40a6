package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hilltop/firmware-bridge/meshcore"
	"hilltop/firmware-bridge/mqtt"
)

// tokenLife is how long a token made from a node's key is good. Brokers check
// it at the sign-in alone, and each connection makes a new one.
const tokenLife = time.Hour

// sourceConfig turns a [[source]] into what the subscriber needs. machine tells
// several appliances at one broker apart.
func sourceConfig(s SourceConfig, machine string) (mqtt.Config, error) {
	c := mqtt.Config{
		Name: s.Name, URL: string(s.URL), Topics: s.Topics,
		Username: s.Username, Password: s.Password,
		Insecure: s.Insecure, Silence: time.Duration(s.Silence),
		ClientID: clientID(machine, s.Name),
	}
	if s.CAFile != "" {
		pem, err := os.ReadFile(string(s.CAFile))
		if err != nil {
			return c, fmt.Errorf("source %q: ca_file: %w", s.Name, err)
		}
		c.CA = pem
	}
	if s.JWTKey != "" {
		key, err := meshcore.ParsePrivateKey(string(s.JWTKey))
		if err != nil {
			return c, fmt.Errorf("source %q: jwt_key: %w", s.Name, err)
		}
		c.Login = tokenLogin(key, s.URL.host())
	}
	return c, nil
}

// tokenLogin makes a token for the broker at each sign-in.
func tokenLogin(key meshcore.PrivateKey, audience string) func() (string, string, error) {
	return func() (string, string, error) {
		now := time.Now()
		token, err := meshcore.MakeToken(key, meshcore.Claims{
			PublicKey: strings.ToUpper(key.Public().String()), IssuedAt: now.Unix(), Expires: now.Add(tokenLife).Unix(),
			Audience: audience, Client: "hilltop/" + version,
		})
		if err != nil {
			return "", "", fmt.Errorf("token: %w", err)
		}
		return meshcore.TokenUsername(key.Public()), token, nil
	}
}

// What a token's times may be off by: boards' clocks drift, and a token that is
// good for days is none that a publisher made.
const (
	tokenLeeway  = 2 * time.Minute
	tokenLongest = 48 * time.Hour
	tokenAhead   = 10 * time.Minute
)

// verifyToken checks a sign-in at the embedded broker by MeshCore token and
// gives the key that signed it, in upper-case hex.
func verifyToken(username, token string) (string, error) {
	now := time.Now()
	claims, err := meshcore.VerifyToken(token, meshcore.TokenCheck{Username: username, Now: now.Add(-tokenLeeway)})
	if err != nil {
		return "", err
	}
	issued, expires := time.Unix(claims.IssuedAt, 0), time.Unix(claims.Expires, 0)
	switch {
	case issued.After(now.Add(tokenAhead)):
		return "", errors.New("token: made in the future; the publisher's clock is wrong")
	case claims.Expires != 0 && expires.Sub(issued) > tokenLongest:
		return "", errors.New("token: good for more than two days")
	}
	return strings.ToUpper(claims.PublicKey), nil
}

// watchSources tells the gap ledger when a source goes down or comes back.
func (a *appliance) watchSources(ctx context.Context) error {
	down := make(map[string]bool)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		for _, source := range a.sources {
			noteSource(source.State(), down, a.recorder)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// sourceLedger takes down when sources deliver nothing.
type sourceLedger interface {
	SourceDown(name string, at time.Time, why string)
	SourceUp(name string, at time.Time)
}

// noteSource enters what changed of a source. One that is still being dialled
// for the first time is not down: when that fails, the gap begins with the
// attempt, and has a reason.
func noteSource(s mqtt.State, down map[string]bool, ledger sourceLedger) {
	switch {
	case !s.Connected && !down[s.Name] && s.LastError != "":
		down[s.Name] = true
		ledger.SourceDown(s.Name, s.Since, s.LastError)
	case s.Connected && down[s.Name]:
		down[s.Name] = false
		ledger.SourceUp(s.Name, s.Since)
	}
}

// clientID is the same for a source at each start, and another on another machine.
func clientID(machine, source string) string {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s\x00%s", machine, source)
	return fmt.Sprintf("hilltop_%014x", h.Sum64()>>8)
}

// machineID tells this data directory on this machine from all others.
func machineID(data string) string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	if full, err := filepath.Abs(data); err == nil {
		data = full
	}
	return host + ":" + data
}
