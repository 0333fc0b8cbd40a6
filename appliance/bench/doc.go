// Command bench measures the whole program: it makes corpora with the simulator, takes
// them in, starts and stops the appliance on them as an operator does, and
// prints what it measured as Markdown tables. ./build.sh bench calls it.
package main
