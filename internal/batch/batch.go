package batch

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"go/ast"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Most is how many candidates fit into one program.
const Most = 64

// A Candidate is what one program has in place of the base.
type Candidate struct {
	Files map[string][]byte // contents by absolute name; a file that is missing is as the base has it
	Init  map[string]string // statements that run when the package of a file is initialised
}

// A Program is several candidates in one.
type Program struct {
	Files map[string][]byte // what is compiled in place of the base

	marks  [][]byte
	moved  []moves         // by candidate
	shares map[int][]int   // candidate whose text is there → those that use it
	bare   map[string]bool // names that only one changed file has
}

// ErrOne tells that fewer than two candidates can be merged.
var ErrOne = errors.New("fewer than two candidates can be merged")

// Merge makes one program of those candidates that can be told apart at the
// start, and reports why the others cannot, by index. Base returns what a file
// holds for a candidate without it.
func Merge(base func(name string) ([]byte, error), cands []Candidate) (*Program, map[int]error, error) {
	m := &merger{base: base, out: map[int]error{}, files: map[string]*merged{}}
	if len(cands) > Most {
		return nil, nil, fmt.Errorf("%d candidates are too many for one program", len(cands))
	}
	in := 0
	for i, c := range cands {
		if err := m.add(i, c); err != nil {
			m.out[i] = err
			continue
		}
		in++
	}
	if in < 2 {
		return nil, m.out, ErrOne
	}
	p, err := m.write(cands)
	return p, m.out, err
}

// A merger collects what the candidates change.
type merger struct {
	base  func(string) ([]byte, error)
	files map[string]*merged
	out   map[int]error
}

// A merged is one file and what the candidates change in it.
type merged struct {
	*file
	funcs  map[int][]variant // by slot
	values map[int][]variant
	init   []variant
	moves  map[int][]move // by candidate
}

// A variant is a text of one or more candidates.
type variant struct {
	cands []int
	text  string // a declaration without its name, an expression, statements
	line  int    // where it stands in the candidate
}

func (m *merger) file(name string) (*merged, error) {
	if f := m.files[name]; f != nil {
		return f, nil
	}
	src, err := m.base(name)
	if err != nil {
		return nil, err
	}
	f, err := parse(name, src)
	if err != nil {
		return nil, err
	}
	m.files[name] = &merged{file: f, funcs: map[int][]variant{}, values: map[int][]variant{}, moves: map[int][]move{}}
	return m.files[name], nil
}

// add adds candidate i, entirely or not at all.
func (m *merger) add(i int, c Candidate) error {
	var adding []func()
	for _, name := range slices.Sorted(maps.Keys(c.Files)) {
		if strings.HasSuffix(name, "_test.go") {
			// A package is compiled with its tests and without.
			return fmt.Errorf("%s is a file of tests", filepath.Base(name))
		}
		b, err := m.file(name)
		if err != nil {
			return err
		}
		if bytes.Equal(b.src, c.Files[name]) {
			continue
		}
		changes, moved, err := b.changes(c.Files[name])
		if err != nil {
			return err
		}
		for _, ch := range changes {
			old := b.slots[ch.slot].fn
			if old == nil {
				if err := b.canAssign(ch); err != nil {
					return err
				}
				adding = append(adding, func() { insert(b.values, ch, i) })
				continue
			}
			if err := errors.Join(canDispatch(old), canDispatch(ch.at.fn)); err != nil {
				return err
			}
			adding = append(adding, func() { insert(b.funcs, ch, i) })
		}
		adding = append(adding, func() { b.moves[i] = moved })
	}
	for _, name := range slices.Sorted(maps.Keys(c.Init)) {
		b, err := m.file(name)
		if err != nil {
			return err
		}
		adding = append(adding, func() { b.init = append(b.init, variant{cands: []int{i}, text: c.Init[name]}) })
	}
	for _, f := range adding {
		f()
	}
	return nil
}

// insert adds a text of candidate i to those of its slot, unless it is there.
func insert(to map[int][]variant, c change, i int) {
	text := c.text()
	for j, v := range to[c.slot] {
		if v.text == text && v.line == c.line {
			to[c.slot][j].cands = append(v.cands, i)
			return
		}
	}
	to[c.slot] = append(to[c.slot], variant{cands: []int{i}, text: text, line: c.line})
}

// write makes the files.
func (m *merger) write(cands []Candidate) (*Program, error) {
	p := &Program{Files: map[string][]byte{}, moved: make([]moves, len(cands)), shares: map[int][]int{}, bare: map[string]bool{}}
	type pkg struct{ dir, name string }
	groups := map[pkg][]*merged{}
	for _, name := range slices.Sorted(maps.Keys(m.files)) {
		f := m.files[name]
		if len(f.funcs) == 0 && len(f.values) == 0 && len(f.init) == 0 {
			continue
		}
		key := pkg{filepath.Dir(name), f.ast.Name.Name}
		groups[key] = append(groups[key], f)
		_, another := p.bare[filepath.Base(name)]
		p.bare[filepath.Base(name)] = !another
		for i, list := range f.moves {
			if p.moved[i] == nil {
				p.moved[i] = moves{}
			}
			p.moved[i][name] = list
		}
	}
	keys := slices.SortedFunc(maps.Keys(groups), func(a, b pkg) int {
		return cmp.Or(cmp.Compare(a.dir, b.dir), cmp.Compare(a.name, b.name))
	})
	for _, key := range keys {
		if err := p.writePackage(groups[key]); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// writePackage makes the files of one package.
func (p *Program) writePackage(files []*merged) error {
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%s\x00%s\x00%v%v%v", filepath.Base(f.name), f.src, f.funcs, f.values, f.init)
	}
	mark := h.Sum(nil)[:markLen]
	if slices.ContainsFunc(p.marks, func(m []byte) bool { return bytes.Equal(m, mark) }) {
		return errors.New("two packages have the same changed files")
	}
	p.marks = append(p.marks, mark)
	assigns := 0
	for _, f := range files {
		var b bytes.Buffer
		last := 0
		for _, at := range slices.Sorted(maps.Keys(f.funcs)) {
			name := f.slots[at].fn.Name
			b.Write(f.src[last:f.offset(name.Pos())])
			b.WriteString(prefix(0) + name.Name)
			last = f.offset(name.End())
		}
		b.Write(f.src[last:])
		for _, at := range slices.Sorted(maps.Keys(f.funcs)) {
			f.dispatch(&b, f.slots[at].fn, f.funcs[at])
			for _, v := range f.funcs[at] {
				if owner := v.cands[0]; len(v.cands) > 1 {
					p.shares[owner] = append(p.shares[owner], v.cands...)
				}
			}
		}
		fmt.Fprintf(&b, "\n//line %s:1\n", f.dispatcherName())
		if len(f.values) > 0 {
			f.assign(&b, assigns)
			assigns++
		}
		for _, v := range f.init {
			fmt.Fprintf(&b, "\nfunc init() {\n\tif %s[%d] == %d {\n%s\n\t}\n}\n", choice, markLen, number(v.cands[0]), v.text)
		}
		p.Files[f.name] = b.Bytes()
	}
	name, err := firstFile(files[0].name)
	if err != nil {
		return err
	}
	p.Files[name] = first(files[0].ast.Name.Name, mark, assigns)
	return nil
}

// first is what comes before all that a package declares. So the choice waits
// for nothing, and what calls a dispatching function is initialised when it is
// without one.
func first(pkg string, mark []byte, assigns int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "package %s\n\nvar %s = [...]byte{", pkg, choice)
	for _, c := range mark {
		fmt.Fprintf(&b, "%d, ", c)
	}
	b.WriteString("0}\n")
	if assigns == 0 {
		return b.Bytes()
	}
	// What calls through an interface is no dependency that the order of
	// initialisation knows, so this comes before all other variables, also
	// before those that are assigned (they hold their constants from the start).
	b.WriteString("\ntype trace__values struct{}\n\nfunc (trace__values) assign() bool {\n")
	for i := range assigns {
		fmt.Fprintf(&b, "\ttrace__assign%d()\n", i)
	}
	b.WriteString("\treturn true\n}\n\nvar _ = interface{ assign() bool }(trace__values{}).assign()\n")
	return b.Bytes()
}

// firstFile names a new file that the compiler gets before all others of the
// package of the file.
func firstFile(of string) (string, error) {
	const name = "0_trace.go"
	entries, err := os.ReadDir(filepath.Dir(of))
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if n := e.Name(); filepath.Ext(n) == ".go" && n <= name && n[0] != '_' && n[0] != '.' {
			return "", fmt.Errorf("%s comes before all files that could be added", n)
		}
	}
	return filepath.Join(filepath.Dir(of), name), nil
}

// canDispatch reports why a function cannot have variants.
func canDispatch(fn *ast.FuncDecl) error {
	if fn.Name.Name == "init" && fn.Recv == nil || fn.Name.Name == "_" {
		return fmt.Errorf("%s cannot be called by name", fn.Name.Name)
	}
	if fn.Doc != nil {
		for _, c := range fn.Doc.List {
			if strings.HasPrefix(c.Text, "//go:") && c.Text != "//go:noinline" {
				return fmt.Errorf("%s has %s", fn.Name.Name, c.Text)
			}
		}
	}
	if params := fn.Type.TypeParams; params != nil {
		for _, f := range params.List {
			if slices.ContainsFunc(f.Names, func(id *ast.Ident) bool { return id.Name == "_" }) {
				return fmt.Errorf("%s has a type parameter without a name", fn.Name.Name)
			}
		}
	}
	var err error
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if n.Name == "recover" {
				err = fmt.Errorf("%s calls recover", fn.Name.Name)
			}
		case *ast.SelectorExpr:
			if n.Sel.Name == "Helper" {
				err = fmt.Errorf("%s calls Helper", fn.Name.Name)
			}
			if id, ok := n.X.(*ast.Ident); ok && (id.Name == "runtime" || id.Name == "debug") {
				err = fmt.Errorf("%s uses package %s", fn.Name.Name, id.Name)
			}
		}
		return err == nil
	})
	return err
}
