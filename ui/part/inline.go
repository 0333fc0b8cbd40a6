package part

import (
	"context"
	"strconv"
)

func barsClass(level int) string { return "bars-" + strconv.Itoa(min(level, 4)) }

func barsLabel(level int) string {
	return "signal " + strconv.Itoa(min(level, 4)) + " of 4"
}

type clockKey struct{}

// ByClock makes the parts below write times of day in place of ages.
func ByClock(ctx context.Context) context.Context { return context.WithValue(ctx, clockKey{}, true) }

func byClock(ctx context.Context) bool { return ctx.Value(clockKey{}) != nil }
