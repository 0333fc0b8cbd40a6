package main

import (
	"encoding/json"
)

// goalRows is how many rows an answer of the API may have for the goal to hold.
const goalRows = 200

// rowsOf counts the rows of an answer of the API; 0 of anything else.
func rowsOf(path string, body []byte) int {
	var v any
	if !isAPI(path) || json.Unmarshal(body, &v) != nil {
		return 0
	}
	return rows(v)
}

// rows is the length of the largest list in a JSON value. The lists of objects
// in its rows are rows too, such as the receptions of packets; lists of plain
// values there belong to the row, such as the hops of a path.
func rows(v any) (most int) {
	switch v := v.(type) {
	case map[string]any:
		for _, member := range v {
			most = max(most, rows(member))
		}
	case []any:
		most = len(v)
		for _, row := range v {
			most += within(row)
		}
	}
	return most
}

// within counts the rows in a row.
func within(row any) (n int) {
	members, _ := row.(map[string]any)
	for _, member := range members {
		switch member := member.(type) {
		case []any:
			if len(member) > 0 {
				if _, object := member[0].(map[string]any); object {
					n += rows(member)
				}
			}
		case map[string]any:
			n += within(member)
		}
	}
	return n
}
