package main

import "testing"

// Rows are those of the largest list, with the rows in its rows.
func TestRows(t *testing.T) {
	for _, x := range []struct {
		path, body string
		want       int
	}{
		{"/packets", `<html>`, 0},
		{"/api/stats", `{"a": 1, "b": {"c": 2}}`, 0},
		{"/api/packets/timestamps", `["a", "b", "c"]`, 3},
		{"/api/packets", `{"packets": [{"path": ["a", "b"]}, {"path": []}], "total": 2}`, 2},
		{"/api/packets", `{"packets": [{"observations": [{"path": ["a"]}, {}]}, {"observations": [{}]}], "other": [1, 2, 3]}`, 5},
		{"/api/x", `{"a": {"b": [{"in": {"list": [{}, {}]}}]}, "c": [[1, 2], [3]]}`, 3},
	} {
		if got := rowsOf(x.path, []byte(x.body)); got != x.want {
			t.Errorf("%s %s: %d rows, want %d", x.path, x.body, got, x.want)
		}
	}
}

// The goal binds every page, and short answers of the API.
func TestGoal(t *testing.T) {
	for _, x := range []struct {
		path string
		rows int
		want bool
	}{{"/packets", 0, true}, {"/api/packets", goalRows, true}, {"/api/packets", goalRows + 1, false}, {"/api/analytics/subpaths", goalRows + 1, true}} {
		if _, _, got := goal(x.path, x.rows); got != x.want {
			t.Errorf("%s of %d rows: bound %t, want %t", x.path, x.rows, got, x.want)
		}
	}
}
