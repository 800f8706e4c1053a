package directive

import (
	"go/ast"
	"go/token"
	"go/types"
)

// Kind is the name of a directive.
type Kind string

// The directives.
const (
	Bundle Kind = "bundle"
	Node   Kind = "node"
	Skip   Kind = "skip"
)

// A Target is a declaration (or statement, for Skip) with its directive.
type Target struct {
	Kind Kind
	Pos  token.Pos // of the directive

	// ID is the identity of the target: importpath.Func,
	// importpath.Type.Method, importpath.var, importpath.Type.field,
	// importpath.Func.local; name= replaces the last part.
	ID string

	// Obj is the declared object: *types.Func, *types.Var or *types.Const.
	// Nil for Skip on a statement.
	Obj types.Object

	// Decl is the declaration: *ast.FuncDecl, *ast.Field (struct field or
	// interface method), *ast.ValueSpec, *ast.AssignStmt, or any ast.Stmt
	// for Skip.
	Decl ast.Node

	// Expr is the only constant or composite literal that sets a trainable
	// node. Nil for other targets.
	Expr ast.Expr

	// Embed is the //go:embed file that a trainable node without Expr holds,
	// relative to the directory of its package, with slashes.
	Embed string

	Trainable  bool
	Name       string
	Doc        string // desc=, else the doc comment without directives
	Constraint string

	Expand  bool
	NoCatch bool
	Allow   []string

	Min, Max, Step string
	Choices        []string
	Check          string // function name
	CheckFunc      *types.Func

	Reason string

	// ArgPos holds the position of each argument by its key.
	ArgPos map[string]token.Pos
}

// A Package is the typed syntax that Collect reads.
type Package struct {
	Path  string // import path without a test variant's suffix
	Fset  *token.FileSet
	Files []*ast.File
	Types *types.Package
	Info  *types.Info
}

// A Problem is a finding about a directive.
type Problem struct {
	Pos     token.Pos
	Message string
	Hint    string // what to do next; may be empty
	Fix     *Fix   // does it, where there is one clear way; may be nil
}

// A Fix mends a problem.
type Fix struct {
	Message string // what it does: "write //trace:bundle"
	Edits   []Edit // in one file, none overlaps another
}

// An Edit replaces source text.
type Edit struct {
	Pos, End token.Pos
	New      string
}
