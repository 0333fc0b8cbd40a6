package report

import "hilltop/appliance/internal/figure"

// Memory is what reports remember of sealed hours.
type Memory = figure.Memory

// memoryRoom is for what is remembered, in bytes.
const memoryRoom = 6 << 20

// NewMemory makes one that is empty.
func NewMemory() *Memory { return figure.NewMemory(memoryRoom) }
