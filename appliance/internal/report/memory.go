package report

import "hilltop/appliance/internal/figure"

// Memory is what reports remember of sealed hours.
type Memory = figure.Memory

// memoryRoom is for what is remembered, in bytes.
const memoryRoom = 6 << 20

// ordersRoom is for hours put in order, in bytes: five orders of all packets of
// five million observations.
const ordersRoom = 3 << 20

// NewOrders makes a memory for Packets.Orders.
func NewOrders() *Memory { return figure.NewMemory(ordersRoom) }

// NewMemory makes one that is empty.
func NewMemory() *Memory { return figure.NewMemory(memoryRoom) }
