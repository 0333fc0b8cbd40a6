package meshcore

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	"filippo.io/edwards25519"
)

// signedAdverts are adverts of which every third is forged, in a different
// place each time.
func signedAdverts(t testing.TB, n int) []Advert {
	t.Helper()
	all := make([]Advert, n)
	for i := range all {
		a, err := SignAdvert(FromSeed([32]byte{byte(i), byte(i >> 8)}), Advert{Timestamp: uint32(i), Role: RoleRepeater, HasName: true, Name: "Node"})
		if err != nil {
			t.Fatal(err)
		}
		switch i % 15 {
		case 2:
			a.Timestamp++
		case 5:
			a.Signature[i%64] ^= 1
		case 8:
			a.Key[i%32] ^= 1
		case 11:
			a.AppData = slices.Clone(a.AppData)
			a.AppData[0] ^= 1
		case 14:
			a.Signature = [64]byte{}
		}
		all[i] = a
	}
	return all
}

func TestVerifyAdvertsEqualsVerify(t *testing.T) {
	all := signedAdverts(t, 200)
	// A signature whose R has a point of order 8 in it: a sum of many would take
	// it, Verify does not.
	all = append(all, mixedOrder(t))
	want := make([]bool, len(all))
	for i, a := range all {
		want[i] = a.Verify()
	}
	if n := len(slices.DeleteFunc(slices.Clone(want), func(ok bool) bool { return !ok })); n < 100 || want[len(want)-1] {
		t.Fatalf("%d of %d are good, that of mixed order: %v", n, len(all), want[len(want)-1])
	}
	for _, procs := range []int{1, 2, 7} {
		before := runtime.GOMAXPROCS(procs)
		for _, n := range []int{0, 1, 15, 16, 17, 33, len(all)} {
			if got := VerifyAdverts(all[len(all)-n:]); !slices.Equal(got, want[len(all)-n:]) {
				t.Errorf("%d of %d processors: got %v", n, procs, got)
			}
		}
		runtime.GOMAXPROCS(before)
	}
}

// mixedOrder is an advert signed with R + T, where 8T = 0. It fits the equation
// after multiplication by 8.
func mixedOrder(t *testing.T) Advert {
	t.Helper()
	k := FromSeed([32]byte{9})
	a, err := SignAdvert(k, Advert{Role: RoleRepeater, HasName: true, Name: "Node"})
	if err != nil {
		t.Fatal(err)
	}
	torsion, err := new(edwards25519.Point).SetBytes(unhex(t, "26E8958FC2B227B045C3F489F2EF98F0D5DFAC05D3C63339B13802886D53FC05"))
	if err != nil {
		t.Fatal(err)
	}
	message, public := a.signed(nil), k.Public()
	r := hashScalar([]byte("any"))
	point := new(edwards25519.Point).ScalarBaseMult(r)
	copy(a.Signature[:], new(edwards25519.Point).Add(point, torsion).Bytes())
	h := hashScalar(a.Signature[:32], public[:], message)
	copy(a.Signature[32:], edwards25519.NewScalar().MultiplyAdd(h, k.scalar(), r).Bytes())

	s, _ := edwards25519.NewScalar().SetCanonicalBytes(a.Signature[32:])
	key, _ := new(edwards25519.Point).SetBytes(public[:])
	got := new(edwards25519.Point).VarTimeDoubleScalarBaseMult(h, new(edwards25519.Point).Negate(key), s)
	got.Subtract(got, new(edwards25519.Point).Add(point, torsion))
	if got.Equal(edwards25519.NewIdentityPoint()) == 1 || got.MultByCofactor(got).Equal(edwards25519.NewIdentityPoint()) != 1 {
		t.Fatal("the signature is not of mixed order")
	}
	return a
}

func BenchmarkVerifyAdverts(b *testing.B) {
	for _, n := range []int{1, 64, 1024} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			all := signedAdverts(b, n)
			for b.Loop() {
				VerifyAdverts(all)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/advert")
		})
	}
}

// BenchmarkVerifySum is what one equation over 64 signatures would cost, with
// its weakness: see [VerifyAdverts].
func BenchmarkVerifySum(b *testing.B) {
	const n = 64
	all := signedAdverts(b, n)
	for b.Loop() {
		scalars, points := make([]*edwards25519.Scalar, 0, 2*n+1), make([]*edwards25519.Point, 0, 2*n+1)
		sum := edwards25519.NewScalar()
		for i, a := range all {
			r, err := new(edwards25519.Point).SetBytes(a.Signature[:32])
			key, err2 := new(edwards25519.Point).SetBytes(a.Key[:])
			s, err3 := edwards25519.NewScalar().SetCanonicalBytes(a.Signature[32:])
			if err != nil || err2 != nil || err3 != nil {
				continue
			}
			z := hashScalar([]byte{byte(i)}, a.Signature[:])
			scalars = append(scalars, z, edwards25519.NewScalar().Multiply(z, hashScalar(a.Signature[:32], a.Key[:], a.signed(nil))))
			points = append(points, r, key)
			sum.MultiplyAdd(z, s, sum)
		}
		scalars, points = append(scalars, sum.Negate(sum)), append(points, edwards25519.NewGeneratorPoint())
		new(edwards25519.Point).VarTimeMultiScalarMult(scalars, points)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/advert")
}
