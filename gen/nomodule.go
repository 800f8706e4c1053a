package gen

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"

	"github.com/opto-go/trace/gen/directive/report"
)

// A NoModuleError says that packages were to be loaded outside of any module.
type NoModuleError struct {
	Dir string // where they were looked for
	Off bool   // GO111MODULE=off makes it so
}

func (e *NoModuleError) Error() string {
	if e.Off {
		return "GO111MODULE=off: no package is part of a module then"
	}
	dir := e.Dir
	if wd, err := os.Getwd(); err == nil {
		dir = report.ShortPath(wd, dir)
	}
	return fmt.Sprintf("no go.mod in %s or above", dir)
}

// Hint says what to do next.
func (e *NoModuleError) Hint() string {
	if e.Off {
		return "unset it; with go env -u GO111MODULE if the go command keeps it"
	}
	return "cd to the module, or name its directory with -C; if there is none yet: go mod init NAME"
}

// GoVars are the variables of go env that [OutsideModule] looks at.
var GoVars = []string{"GOMOD", "GOWORK", "GO111MODULE"}

// OutsideModule reports, from the values of [GoVars], that dir is in no module
// or workspace. It is nil if it is in one.
func OutsideModule(dir string, env map[string]string) *NoModuleError {
	if env["GOWORK"] != "" && env["GOWORK"] != "off" || env["GOMOD"] != "" && env["GOMOD"] != os.DevNull {
		return nil
	}
	return &NoModuleError{Dir: dir, Off: env["GO111MODULE"] == "off"}
}

// outsideModule asks the go command whether a load failed because there is no
// module.
func outsideModule(ctx context.Context, dir string, environ []string) *NoModuleError {
	cmd := exec.CommandContext(ctx, "go", append([]string{"env", "-json"}, GoVars...)...)
	cmd.Dir, cmd.Env = dir, environ
	out, err := cmd.Output()
	if err != nil {
		return nil
	}
	var env map[string]string
	if json.Unmarshal(out, &env) != nil {
		return nil
	}
	return OutsideModule(dir, env)
}
