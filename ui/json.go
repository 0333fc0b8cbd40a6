package ui

import "strings"

// jsonLine is a line of indented JSON: a member, or the head of a branch with what
// is in it.
type jsonLine struct {
	text  string
	in    []jsonLine
	close string // "}," and such; "" it is no branch
}

// jsonLines takes indented JSON apart. What is not indented JSON stays a line.
func jsonLines(text string) []jsonLine {
	lines, _, _ := jsonBranch(strings.Split(text, "\n"))
	return lines
}

// jsonBranch reads lines up to the end of a branch, and gives what is left.
func jsonBranch(lines []string) (out []jsonLine, end string, rest []string) {
	for len(lines) > 0 {
		text := strings.TrimSpace(lines[0])
		lines = lines[1:]
		if strings.HasPrefix(text, "}") || strings.HasPrefix(text, "]") {
			return out, text, lines
		}
		line := jsonLine{text: text}
		if strings.HasSuffix(text, "{") || strings.HasSuffix(text, "[") {
			line.in, line.close, lines = jsonBranch(lines)
		}
		out = append(out, line)
	}
	return out, "", nil
}
