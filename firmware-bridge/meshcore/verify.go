package meshcore

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// verifyChunk is how many signatures a worker takes at once: enough that
// taking costs nothing, few enough that all end together.
const verifyChunk = 16

// VerifyAdverts reports for each advert what [Advert.Verify] does, with all
// processors.
//
// The sum over many signatures that other systems check at once is no
// substitute: a node can make signatures that such a sum accepts, always or by
// chance, and the firmware does not (those with a point of small order in
// them). Here the answer for an advert never depends on the others.
func VerifyAdverts(all []Advert) []bool {
	valid := make([]bool, len(all))
	workers := min(runtime.GOMAXPROCS(0), (len(all)+verifyChunk-1)/verifyChunk)
	var next atomic.Int64
	work := func() {
		for {
			end := int(next.Add(verifyChunk))
			for i := end - verifyChunk; i < min(end, len(all)); i++ {
				valid[i] = all[i].Verify()
			}
			if end >= len(all) {
				return
			}
		}
	}
	if workers < 2 {
		work()
		return valid
	}
	var group sync.WaitGroup
	for range workers {
		group.Go(work)
	}
	group.Wait()
	return valid
}
