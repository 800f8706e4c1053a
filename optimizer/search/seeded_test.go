package search

// seeded is a table of functions with one bug of the kind people make (or
// with no body at all), the cases that show it, and the number of candidates
// within which it must be mended.
type seeded struct {
	name    string
	imports []string
	decls   string // other declarations; names must be unique in the table
	fn      string // the trainable function, named f
	rows    [][2]string
	within  int
}

var seededBugs = []seeded{
	{name: "less or equal", fn: `func f(n int) int {
	sum := 0
	for i := 1; i < n; i++ {
		sum += i
	}
	return sum
}`, rows: [][2]string{{"0", "0"}, {"1", "1"}, {"4", "10"}, {"10", "55"}}, within: 8},

	{name: "trim set for suffix", imports: []string{"strings"}, fn: `func f(name string) string {
	return strings.TrimRight(name, ".go")
}`, rows: [][2]string{{`"main.go"`, `"main"`}, {`"logo.go"`, `"logo"`}, {`"a.txt"`, `"a.txt"`}}, within: 16},

	{name: "wrong index", imports: []string{"strings"}, fn: `func f(path string) string {
	i := strings.Index(path, "/")
	return path[i+1:]
}`, rows: [][2]string{{`"a/b"`, `"b"`}, {`"a/b/c"`, `"c"`}, {`"x"`, `"x"`}}, within: 16},

	{name: "and for or", fn: `func f(y int) bool {
	return y%4 == 0 && (y%100 != 0 && y%400 == 0)
}`, rows: [][2]string{{"2000", "true"}, {"1900", "false"}, {"2024", "true"}, {"2023", "false"}}, within: 20},

	{name: "largest starts at zero", fn: `func f(xs []int) int {
	best := 0
	for _, x := range xs {
		if x > best {
			best = x
		}
	}
	return best
}`, rows: [][2]string{{"[]int{3, 1}", "3"}, {"[]int{-5, -2}", "-2"}, {"[]int{-7}", "-7"}}, within: 120},

	{name: "last index", fn: `func f(xs []string) string {
	if len(xs) == 0 {
		return ""
	}
	return xs[len(xs)-2]
}`, rows: [][2]string{{"nil", `""`}, {`[]string{"a"}`, `"a"`}, {`[]string{"a", "b", "c"}`, `"c"`}}, within: 16},

	{name: "one too far", fn: `func f(s string) string {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == '.' {
			return s[i+1:]
		}
	}
	return ""
}`, rows: [][2]string{{`"a.go"`, `".go"`}, {`"a.b.c"`, `".c"`}, {`"x"`, `""`}}, within: 16},

	{name: "swapped arguments", imports: []string{"strings"}, fn: `func f(s, sub string) bool {
	return strings.Contains(sub, s)
}`, rows: [][2]string{{`"hello", "ell"`, "true"}, {`"a", "abc"`, "false"}, {`"x", "x"`, "true"}}, within: 16},

	{name: "shadowed", fn: `func f(xs []int) int {
	count := 0
	for _, x := range xs {
		if x > 0 {
			count := count + 1
			_ = count
		}
	}
	return count
}`, rows: [][2]string{{"[]int{1, 2, -1}", "2"}, {"nil", "0"}}, within: 24},

	{name: "break for continue", fn: `func f(xs []int) int {
	sum := 0
	for _, x := range xs {
		if x < 0 {
			break
		}
		sum += x
	}
	return sum
}`, rows: [][2]string{{"[]int{1, -1, 2}", "3"}, {"[]int{1, 2}", "3"}, {"[]int{-1}", "0"}}, within: 16},

	{name: "rounds down", fn: `func f(items, size int) int {
	return items / size
}`, rows: [][2]string{{"10, 5", "2"}, {"11, 5", "3"}, {"1, 5", "1"}, {"0, 5", "0"}}, within: 16},

	{name: "bytes for characters", fn: `func f(s string, width int) bool {
	return len(s) <= width
}`, rows: [][2]string{{`"äöü", 3`, "true"}, {`"abcd", 3`, "false"}, {`"", 0`, "true"}, {`"äö", 1`, "false"}}, within: 40},

	{name: "separator", imports: []string{"strings"}, fn: `func f(parts []string) string {
	return strings.Join(parts, ",")
}`, rows: [][2]string{{`[]string{"a", "b"}`, `"a, b"`}, {`[]string{"x"}`, `"x"`}, {`[]string{"a", "b", "c"}`, `"a, b, c"`}}, within: 12},

	{name: "wrong field", decls: `type rect struct{ w, h, depth int }`, fn: `func f(r rect) int {
	return r.w * r.w
}`, rows: [][2]string{{"rect{2, 3, 9}", "6"}, {"rect{1, 1, 9}", "1"}, {"rect{5, 2, 9}", "10"}}, within: 16},

	{name: "wrong variable", fn: `func f(lo, hi, x int) int {
	if x < lo {
		return lo
	}
	if x > hi {
		return lo
	}
	return x
}`, rows: [][2]string{{"0, 9, 5", "5"}, {"0, 9, 12", "9"}, {"3, 9, 1", "3"}}, within: 40},

	{name: "case not folded", imports: []string{"strings"}, fn: `func f(s string) bool {
	switch s {
	case "yes", "true", "on":
		return true
	}
	return strings.TrimSpace(s) == "1"
}`, rows: [][2]string{{`" 1"`, "true"}, {`"yes"`, "true"}, {`"Yes"`, "true"}, {`"ON"`, "true"}, {`"no"`, "false"}, {`"maybe"`, "false"}, {`"NEVER"`, "false"}, {`"oN"`, "true"}, {`"True"`, "true"}, {`"tRUE"`, "true"}}, within: 200},

	{name: "factor", fn: `func f(c float64) float64 {
	return c*9/5 + 30
}`, rows: [][2]string{{"0.0", "32.0"}, {"100.0", "212.0"}, {"-40.0", "-40.0"}}, within: 12},

	{name: "forgotten statement order", fn: `func f(xs []int) []int {
	var out []int
	sum := 0
	for _, x := range xs {
		out = append(out, sum)
		sum += x
	}
	return out
}`, rows: [][2]string{{"[]int{1, 2, 3}", "[]int{1, 3, 6}"}, {"nil", "[]int(nil)"}}, within: 80},

	{name: "reversed concatenation", fn: `func f(s string) string {
	out := ""
	for _, r := range s {
		out += string(r)
	}
	return out
}`, rows: [][2]string{{`"abc"`, `"cba"`}, {`""`, `""`}, {`"ab"`, `"ba"`}}, within: 24},

	{name: "integer average", fn: `func f(a, b int) float64 {
	return float64((a + b) / 2)
}`, rows: [][2]string{{"1, 2", "1.5"}, {"2, 2", "2.0"}, {"0, 5", "2.5"}}, within: 16},

	{name: "rune class", imports: []string{"unicode"}, fn: `func f(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n
}`, rows: [][2]string{{`"a1b22"`, "3"}, {`"abc"`, "0"}, {`"7"`, "1"}}, within: 24},

	{name: "missing guard", fn: `func f(xs []int) int {
	sum := 0
	for _, x := range xs {
		sum += x
	}
	return sum / len(xs)
}`, rows: [][2]string{{"[]int{2, 4}", "3"}, {"nil", "0"}, {"[]int{7}", "7"}}, within: 160},

	{name: "leading zero", imports: []string{"fmt"}, fn: `func f(h, m int) string {
	return fmt.Sprintf("%d:%d", h, m)
}`, rows: [][2]string{{"12, 30", `"12:30"`}, {"9, 5", `"9:05"`}, {"10, 0", `"10:00"`}}, within: 40},

	{name: "method", imports: []string{"strings"}, fn: `func f(a, b string) string {
	var sb strings.Builder
	sb.WriteString(b)
	sb.WriteString(a)
	return sb.String()
}`, rows: [][2]string{{`"a", "b"`, `"ab"`}, {`"", "x"`, `"x"`}, {`"go", "pher"`, `"gopher"`}}, within: 100},

	{name: "two independent bugs", imports: []string{"strings"}, fn: `func f(s string, max int) string {
	s = strings.ToUpper(s)
	if len(s) >= max {
		return s[:max]
	}
	return s + "."
}`, rows: [][2]string{{`"Abc", 5`, `"abc."`}, {`"ABCDE", 3`, `"abc"`}, {`"abc", 3`, `"abc."`}, {`"1", 1`, `"1."`}, {`"12", 1`, `"1"`}}, within: 60},

	{name: "blank: trimmed lower case", imports: []string{"strings"}, fn: `func f(s string) string {
	return ""
}`, rows: [][2]string{{`" A "`, `"a"`}, {`"Bc"`, `"bc"`}, {`""`, `""`}}, within: 120},

	{name: "blank: area", decls: `type box struct{ left, right, height int }`, fn: `func f(b box) int {
	return 0
}`, rows: [][2]string{{"box{0, 2, 3}", "6"}, {"box{1, 3, 4}", "8"}, {"box{5, 5, 9}", "0"}, {"box{1, 2, 7}", "7"}}, within: 300},

	{name: "blank: has prefix", imports: []string{"strings"}, fn: `func f(s, p string) bool {
	return false
}`, rows: [][2]string{{`"gopher", "go"`, "true"}, {`"gopher", "pher"`, "false"}, {`"a", "abc"`, "false"}, {`"", ""`, "true"}}, within: 60},

	{name: "blank: greeting", fn: `func f(name string) string {
	return ""
}`, rows: [][2]string{{`"Ann"`, `"Hello, Ann!"`}, {`"Bo"`, `"Hello, Bo!"`}}, within: 200},

	{name: "blank: clamp", fn: `func f(x, lo, hi int) int {
	panic("not written yet")
}`, rows: [][2]string{{"5, 0, 9", "5"}, {"-1, 0, 9", "0"}, {"12, 0, 9", "9"}, {"2, 3, 9", "3"}}, within: 400},

	{name: "blank: fee", decls: ``, fn: `func f(weight int) int {
	return 0
}`, rows: [][2]string{{"1", "5"}, {"5", "5"}, {"8", "16"}, {"20", "40"}, {"6", "12"}}, within: 336},
}
