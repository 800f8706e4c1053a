package source

import (
	"context"
	"errors"
	"strings"
	"testing"
)

const reaching = `
-- c/c.go --
package c

import (
	"os"
	"sort"
	"strings"
	"sync"
	"unsafe"

	"example.com/m/store"
)

var (
	table  = map[string][]int{}
	order  []string
	remove = os.Remove
	sorter = sort.Strings
	count  int
	pool   = sync.Pool{}
)

func pooled() any { return pool.Get() }

func upper(s string) string { return strings.ToUpper(trim(s)) }

func trim(s string) string {
	if s == "" {
		return upper(s)
	}
	return strings.TrimSpace(s)
}

func wipe(s string) error { return os.Remove(s) }

func wipeAll(s string) { defer wipe(trim(s)) }

func bump() { count++ }

func raw(s string) *byte { return unsafe.StringData(s) }

func start() { go bump() }

func generic[T any](x T) T { return x }

type Cleaner interface{ Clean(string) error }

type disk struct{}

func (disk) Clean(s string) error { return os.RemoveAll(s) }

type Shape interface{ Area() int }

type square struct{ n int }

func (s square) Area() int { return s.n * s.n }

type held struct{ *os.File }

//trace:bundle trainable
func Plain(s string, c Cleaner, sh Shape, h held) string { return s }

//trace:bundle trainable
func Wiping(s string) string {
	wipeAll(s)
	return s
}

//trace:bundle trainable allow="example.com/m/c.wipe"
func Granted(s string) string { return s }

//trace:bundle trainable
func Counting(s string) int {
	bump()
	return len(s)
}
-- store/store.go --
package store

import "os"

func Get(s string) string { return s }

func Delete(s string) error { return os.RemoveAll(s) }
-- c/use.go --
package c

import "example.com/m/store"

var _ = store.Get
`

func TestReach(t *testing.T) {
	prog, list := params(t, strings.Replace(reaching, "\n\t\"example.com/m/store\"\n", "", 1))
	k := NewChecker(prog, list)
	plain := func(body string) string {
		return "func Plain(s string, c Cleaner, sh Shape, h held) string {\n" + body + "\nreturn s\n}"
	}
	tests := []struct{ name, param, src, want string }{ // want: a part of the refusal
		{"helper", "Plain", plain("s = upper(s)"), ""},
		{"helper of another package", "Plain", plain("s = store.Get(s)"), ""},
		{"generic helper", "Plain", plain("s = generic(s)"), ""},
		{"interface whose methods compute", "Plain", plain("_ = sh.Area()"), ""},
		{"method", "Plain", plain("_ = square{2}.Area()"), ""},
		{"function variable that computes", "Plain", plain("sorter([]string{s})"), ""},
		{"what the original led to", "Wiping", "func Wiping(s string) string {\n\twipe(s)\n\treturn s\n}", ""},
		{"granted", "Granted", "func Granted(s string) string {\n\twipe(s)\n\treturn s\n}", ""},
		{"change that a helper makes", "Counting", "func Counting(s string) int {\n\tbump()\n\tbump()\n\treturn 1\n}", ""},
		{"read of shared memory", "Plain", plain("t := table\n_ = t[s]"), ""},
		{"new value of a local variable", "Plain", plain("o := order\no = []string{s}\n_ = o"), ""},

		{"local variable with the name of a function", "Plain", plain("var wipe func(string)\nwipe = func(string) {}\nwipe(s)"), ""},
		{"local type with the name of a function", "Plain", plain("type wipe struct{ n int }\n_ = wipe{1}"), ""},
		{"local variable of the name's own value", "Plain", plain("wipe := wipe\nwipe(s)"), "os.Remove"},

		{"unsafe in code of the owner", "Plain", plain("raw(s)"), ""},
		{"pool in code of the owner", "Plain", plain("_ = pooled()"), ""},

		{"pool", "Plain", plain("_ = pool.Get()"), "package variable pool is changed"},
		{"deletes", "Plain", plain("wipe(s)"), "wipe is not reached by the original, and it may lead to this: os.Remove is not allowed"},
		{"deletes by another function", "Plain", plain("wipeAll(s)"), "wipeAll is not reached by the original, and calls wipe, which may lead to this: os.Remove"},
		{"deletes in another package", "Plain", plain("store.Delete(s)"), "os.RemoveAll"},
		{"function value", "Plain", plain("f := wipe\nf(s)"), "os.Remove"},
		{"method value through an interface", "Plain", plain("f := c.Clean\nf(s)"), "Cleaner.Clean is not reached by the original, and it may lead to this: os.RemoveAll"},
		{"method expression", "Plain", plain("disk.Clean(disk{}, s)"), "os.RemoveAll"},
		{"function variable", "Plain", plain("remove(s)"), "os.Remove"},
		{"embedded field", "Plain", plain("h.Close()"), "os.File.Close is not allowed"},
		{"embedded method value", "Plain", plain("f := h.Truncate\nf(0)"), "os.File.Truncate is not allowed"},
		{"embedding of its own", "Plain", plain("type x struct{ held }\nx{h}.Close()"), "os.File.Close is not allowed"},
		{"counts", "Plain", plain("bump()"), "package variable count is changed"},
		{"goroutine by another function", "Plain", plain("start()"), "a go statement is not allowed"},
		{"unsafe", "Plain", plain("_ = unsafe.Sizeof(s)"), "unsafe.Sizeof is not allowed"},
		{"C", "Plain", plain("_ = C.int(1)"), "undefined: C"},
		{"template", "Plain", plain("template.Must(template.New(s).Parse(s)).Execute(nil, h)"), "text/template.Template.Execute is not allowed"},
		{"map by a local variable", "Plain", plain("t := table\nt[s] = nil"), "package variable table"},
		{"part of a map by a local variable", "Plain", plain("r := table[s]\nr[0] = 1"), "package variable table"},
		{"deleted by a local variable", "Plain", plain("t := table\nu := t\ndelete(u, s)"), "package variable table"},
		{"slice in a loop", "Plain", plain("for _, r := range table {\nr[0]++\n}"), "package variable table"},
		{"linkname", "Plain", plain("//go:linkname runtime_exit os.runtime_beforeExit\n"), "is a directive"},
		{"linkname before", "Plain", "//go:linkname Plain testing.runTests\n" + plain(""), "is a directive"},
		{"cgo", "Plain", plain("//export Plain\n"), "is a directive"},
		{"embed", "Plain", plain("//go:embed c.go\nvar x string; _ = x"), "is a directive"},
		{"line", "Plain", plain("/*line /etc/passwd:1:1*/"), "is a directive"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := k.Check(context.Background(), assign(param(t, list, tt.param).ID, tt.src))
			var r *Rejection
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.want != "" && (!errors.As(err, &r) || !strings.Contains(r.Msg, tt.want)):
				t.Errorf("got %v, want a refusal with %q", err, tt.want)
			}
		})
	}
}
