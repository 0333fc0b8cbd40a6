// Package column keeps an hour whose copies are in: one value, by columns.
// [Encode] makes it of rows, [Open] reads it where it lies, [PackFile] and [UnpackFile]
// make its file and read that: what scans and figures look at again and again stands in columns of
// fixed width, the rest in a stream of each transmission's own. FORMAT.md
// describes it byte by byte. Bytes in, bytes out: there is no I/O here.
package column
