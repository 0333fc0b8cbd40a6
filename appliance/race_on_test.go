//go:build race

package main

// raceEnabled tells that the tests, and so the binary, run under the race detector.
const raceEnabled = true
