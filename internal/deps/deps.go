//go:build deps_placeholder

// Package deps pins requirements until their users exist. It is deleted then.
package deps

import (
	_ "github.com/aymanbagabas/go-udiff"
	_ "github.com/dave/jennifer/jen"
	_ "github.com/google/go-cmp/cmp"
	_ "github.com/rogpeppe/go-internal/testscript"
	_ "github.com/sashabaranov/go-openai"
	_ "golang.org/x/sys/unix"
	_ "golang.org/x/term"
	_ "golang.org/x/time/rate"
	_ "golang.org/x/tools/go/analysis/analysistest"
	_ "golang.org/x/tools/go/analysis/unitchecker"
	_ "golang.org/x/tools/go/ast/astutil"
	_ "pgregory.net/rapid"
)
