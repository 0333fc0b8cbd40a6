// Package web answers HTTP: pages, their live updates, static files, health
// and the JSON API. A request takes one way:
//
//	guard (panics, headers, host, method) → route → parse the query → gate → report → page model → ui → buffer
//
// A page is a file of its own: its route, how its query is parsed, and a pure
// function that makes the page's model from what report found. Nothing that is
// not ready can reach a page, since the gates hand out only what is.
package web
