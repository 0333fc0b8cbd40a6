package web

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"
)

// seenCookie keeps until when a browser has read which channels: of each a
// digest of its name and a time, Unix s in base 36.
const (
	seenCookie = "seen"
	seenMost   = 100 // channels: what fits into a cookie
	unreadMost = 99  // messages that are counted as such
)

// seen is until when channels were read, Unix ms, by digest; the latest last.
type seen struct {
	order []string
	at    map[string]int64
}

func seenDigest(channel string) string {
	h := fnv.New32a()
	h.Write([]byte(channel))
	return fmt.Sprintf("%08x", h.Sum32())
}

// seenOf reads a request's cookie; what makes no sense is left out.
func seenOf(r *http.Request) seen {
	s := seen{at: map[string]int64{}}
	c, err := r.Cookie(seenCookie)
	if err != nil {
		return s
	}
	for entry := range strings.SplitSeq(c.Value, ".") {
		digest, at, ok := strings.Cut(entry, "-")
		n, err := strconv.ParseInt(at, 36, 64)
		if ok && err == nil && len(digest) == 8 && isHex(digest) && n > 0 && n < 1<<40 && len(s.order) < seenMost {
			s.put(digest, n*1000)
		}
	}
	return s
}

func (s *seen) put(digest string, at int64) {
	if _, had := s.at[digest]; had {
		for i, d := range s.order {
			if d == digest {
				s.order = append(s.order[:i:i], s.order[i+1:]...)
				break
			}
		}
	}
	s.order = append(s.order, digest)
	s.at[digest] = at
}

// cookie is the value to be kept.
func (s seen) cookie() string {
	var all []string
	for _, digest := range s.order[max(0, len(s.order)-seenMost):] {
		all = append(all, digest+"-"+strconv.FormatInt(s.at[digest]/1000, 36))
	}
	return strings.Join(all, ".")
}

// times gives until when each of the channels was read, where that is known.
func (s seen) times(names []string) map[string]int64 {
	out := map[string]int64{}
	for _, name := range names {
		if at, ok := s.at[seenDigest(name)]; ok {
			out[name] = at
		}
	}
	return out
}

// unreadText is how many messages are new: "3", "99+"; "" none.
func unreadText(n int) string {
	switch {
	case n == 0:
		return ""
	case n > unreadMost:
		return fmt.Sprint(unreadMost) + "+"
	}
	return fmt.Sprint(n)
}

// readAll marks the channels that were opened before as read until now.
func (s *Server) readAll(w http.ResponseWriter, r *http.Request) {
	all := seenOf(r)
	for _, digest := range all.order {
		all.at[digest] = s.Now().UnixMilli()
	}
	setCookie(w, seenCookie, all.cookie())
	http.Redirect(w, r, "/channels", http.StatusSeeOther)
}
