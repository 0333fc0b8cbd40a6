// Package health judges nodes and observers by what they sent: how regularly,
// by what clock, from where, with how much air. Everything in it is a function
// of values: what it says of the same packets is the same at any time.
package health
