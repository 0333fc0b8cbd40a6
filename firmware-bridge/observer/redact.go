package observer

import (
	"bytes"
	"regexp"
	"sync"
)

const mask = "***"

// Redact takes out of a sample what must not be shown: tokens, passwords,
// private keys and e-mail addresses. It is meant for messages that could not
// be parsed, so it goes by patterns and rather takes too much. The results
// share no memory with the payload.
func Redact(topic string, payload []byte) (string, []byte) {
	r := redaction()
	out := bytes.Clone(payload)
	out = r.members.ReplaceAll(out, []byte("${1}"+`"`+mask+`"`))
	out = r.pairs.ReplaceAll(out, []byte("${1}"+mask))
	out = r.spoken.ReplaceAll(out, []byte("${1}"+mask))
	out = r.free(out)
	return string(r.free([]byte(topic))), out
}

// patterns recognise secrets.
type patterns struct {
	members *regexp.Regexp // members whose name says that they are secret, of JSON, of JSON within a string, or as Python writes them
	pairs   *regexp.Regexp // the same in other text: name=value, name: value, set name value
	spoken  *regexp.Regexp // and where only a blank stands between, as in the firmware's own commands
	jwt     *regexp.Regexp
	login   *regexp.Regexp // user and password in a URL
	email   *regexp.Regexp
	uplink  *regexp.Regexp // meshrank topics hold a token
	key     *regexp.Regexp // 64 bytes in hex: an expanded private key, or a signature
}

// free takes out what shows by its form alone. The result is a new slice.
func (r *patterns) free(b []byte) []byte {
	b = r.jwt.ReplaceAll(b, []byte(mask))
	b = r.login.ReplaceAll(b, []byte("${1}"+mask+"@"))
	b = r.email.ReplaceAll(b, []byte(mask))
	b = r.uplink.ReplaceAll(b, []byte("${1}"+mask))
	return r.keys(b)
}

// keys takes out 128 hex digits in a row, unless they are a frame: behind
// "raw", "data", "packet" or "payload".
func (r *patterns) keys(b []byte) []byte {
	var out []byte
	from := 0
	for _, at := range r.key.FindAllSubmatchIndex(b, -1) {
		if at[2] >= 0 {
			continue
		}
		out = append(append(out, b[from:at[4]]...), mask...)
		from = at[5]
	}
	return append(out, b[from:]...)
}

// The patterns are compiled at the first malformed message and never change.
var redaction = sync.OnceValue(func() *patterns {
	const names = `(?:[\w.-]*(?:passw|passphrase|pwd|secret|token|prv|priv(?:ate)?[_. -]?key|api[_-]?key|(?:channel|shared|admin)[_. -]?key|credential|authorization|bearer|jwt|psk|e-?mail)[\w.-]*|pass|pin|key)`
	const values = `\\+"[^"\\]*(?:\\+")?|"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|\[[^\]]*\]?|\{[^}]*\}?|[^\s"',{}\[\]]+`
	return &patterns{
		members: regexp.MustCompile(`(?is)(\\*["']` + names + `\\*["']\s*:\s*)(?:` + values + `)`),
		pairs:   regexp.MustCompile(`(?i)(\bset\s+` + names + `\s+|\b` + names + `\s*[=:]\s*(?:(?:bearer|basic)\s+)?)[^\s"',;&{}\[\]*]+`),
		spoken:  regexp.MustCompile(`(?i)(\b(?:password|passwd|pwd|secret|psk|bearer|basic)\s+)[^\s"'*]+`),
		login:   regexp.MustCompile(`(\w://)[^\s"'/]*@`),
		jwt:     regexp.MustCompile(`eyJ[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_=-]*){0,2}`),
		email:   regexp.MustCompile(`[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*`),
		uplink:  regexp.MustCompile(`(meshrank/uplink/)[^/\s"]+`),
		key:     regexp.MustCompile(`("(?:raw|raw_hex|data|packet|payload)"\s*:\s*"[0-9A-Fa-f\s]*"?)|\b([0-9A-Fa-f]{128})\b`),
	}
})
