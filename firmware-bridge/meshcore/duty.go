package meshcore

import "time"

// DutyWindow is over how long the firmware reckons the air that a radio takes
// (src/Dispatcher.cpp).
const DutyWindow = time.Hour

// DefaultAirtimeFactor is the firmware's, until `set af` or `set dutycycle` changes it.
const DefaultAirtimeFactor = 1.0

// DutyCycle is which share of [DutyWindow] the firmware lets a radio send for with an
// airtime factor, 0 to 1: 1/(1+af). A negative factor counts as 0.
func DutyCycle(factor float64) float64 { return 1 / (1 + max(factor, 0)) }

// AirtimeFactor is what `set dutycycle` makes of a share, 0.01 to 1: 1/share - 1. What
// is outside counts as the nearest of these.
func AirtimeFactor(share float64) float64 { return 1/min(max(share, 0.01), 1) - 1 }
