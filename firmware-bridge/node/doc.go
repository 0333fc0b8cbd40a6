// Package node reads what a MeshCore node says on a wire: the packet log that
// repeaters, room servers and sensors print on their serial port ([LogReader]),
// and the frames of the companion protocol over serial or TCP
// ([CompanionReader], [WriteCommand]). It reads and writes what it is given and
// opens nothing.
package node
