package index

// CopyDays is the part of Top that a change of the routes waits for, day by day.
func CopyDays(x *Routes) {
	var since []lateRoute
	for _, day := range x.Days() {
		x.dayNow(day, &since)
	}
}

// GatherDays is the same of List, of all links that came in since their day was
// built.
func GatherDays(x *Links) {
	l := linkList{x: x, filter: newLinkFilter(nil, nil)}
	for _, day := range x.overlapping(0, 1<<62) {
		l.gatherLive(day)
		l.buf = l.buf[:0]
	}
}

// LooseMost is how many entries come in before a part is built once more.
const LooseMost = looseMost
