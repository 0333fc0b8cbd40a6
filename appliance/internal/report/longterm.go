package report

import (
	"time"

	"hilltop/appliance/internal/store"
)

// LongTermDays is how far back activity by the day goes, in days.
const LongTermDays = 2 * 366

// DayActivity is what was received in a day, whether its packets are still held or
// not.
type DayActivity struct {
	Begins        time.Time // midnight UTC
	Transmissions int64
	Observations  int64
}

// LongTerm is the activity of each day from the first that anything is known of,
// at most LongTermDays ago, to the present one, oldest first; empty if nothing is.
// Hours that are sealed count by their rollups, also when their packets have gone;
// others by what is held.
func LongTerm(s *store.Store, now time.Time) []DayActivity {
	today := uint32(now.Unix() / 86400)
	first := today - min(today, LongTermDays-1)
	days := map[uint32]store.Tally{}
	oldest := today + 1
	add := func(hour uint32, t store.Tally) {
		day := hour / 24
		if day < first || day > today {
			return
		}
		sum := days[day]
		days[day] = store.Tally{Transmissions: sum.Transmissions + t.Transmissions, Observations: sum.Observations + t.Observations}
		oldest = min(oldest, day)
	}
	s.RollupTotals(first*24, (today+1)*24, func(hour uint32, _ int, t store.Tally) bool {
		add(hour, t)
		return true
	})
	for hour, t := range s.Unrolled() {
		add(hour, t)
	}
	var list []DayActivity
	for day := oldest; day <= today; day++ {
		list = append(list, DayActivity{time.Unix(int64(day)*86400, 0).UTC(), days[day].Transmissions, days[day].Observations})
	}
	return list
}
