// Package figure counts: transmissions, observations, signal, sizes and time
// on air, over any span and filter, exactly, from sealed hours and open
// records. A [Filter] says which observations count, a [Want] what is to be
// known of them; one pass gives all of it.
//
// An observation matches a filter if it and its transmission are as the filter
// says. A transmission counts if at least one of its observations matches, once
// in each row of a table in which one of these stands. In time an observation
// counts where it stands, a transmission where its first copy stands, whether
// that one matches or not; if that is before the span, at the span's begin.
package figure
