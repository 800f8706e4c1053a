package build

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// getenv looks name up in env, where later entries win.
func getenv(env []string, name string) (string, bool) {
	for i := len(env) - 1; i >= 0; i-- {
		k, v, ok := strings.Cut(env[i], "=")
		if ok && sameName(k, name) {
			return v, true
		}
	}
	return "", false
}

func sameName(a, b string) bool {
	if runtime.GOOS == "windows" {
		return strings.EqualFold(a, b)
	}
	return a == b
}

// buildEnv is the environment of the go command: what it needs of the user's,
// without network, other toolchains or changes to go.mod. C code is compiled only
// for programs that have some. What the go command has in its environment, programs
// of the same user can read while it runs, candidates among them.
func buildEnv(user []string, cgo bool) []string {
	flags, _ := getenv(user, "GOFLAGS")
	env := append(toolEnv(user),
		"GOPROXY=off",
		"GOTOOLCHAIN=local",
		"GOFLAGS="+buildFlags(flags))
	if !cgo {
		env = append(env, "CGO_ENABLED=0")
	}
	return env
}

// toolNames are the variables that the go command and the tools it starts read; so
// are those that begin with one of toolPrefixes.
var (
	toolNames = []string{
		"PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TMP", "TEMP", "TZ", "LANG", "CC", "CXX", "FC", "AR", "LD", "PKG_CONFIG",
		"LIBRARY_PATH", "CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "DYLD_LIBRARY_PATH", "SDKROOT", "DEVELOPER_DIR", "MACOSX_DEPLOYMENT_TARGET", "SOURCE_DATE_EPOCH",
		"SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "LOCALAPPDATA", "APPDATA", "PROGRAMDATA", "PROGRAMFILES", "INCLUDE", "LIB", "LIBPATH",
	}
	toolPrefixes = []string{"GO", "CGO_", "LC_", "LD_", "PKG_CONFIG_", "XDG_", "CCACHE_", "NIX_"}
	// secretive are variables with such a prefix that may hold a password.
	secretive = []string{"GOPROXY", "GOAUTH", "GOSUMDB", "GOOGLE_"}
)

func toolEnv(user []string) []string {
	var env []string
	for _, e := range user {
		name, _, _ := strings.Cut(e, "=")
		if runtime.GOOS == "windows" {
			name = strings.ToUpper(name)
		}
		begins := func(p string) bool { return strings.HasPrefix(name, p) }
		if slices.Contains(toolNames, name) || slices.ContainsFunc(toolPrefixes, begins) && !slices.ContainsFunc(secretive, begins) {
			env = append(env, e)
		}
	}
	return env
}

// LoadEnv is the environment of a go command that tells what belongs to a program
// which was loaded already: all that it needs is here.
func LoadEnv(user []string) []string { return append(toolEnv(user), "GOPROXY=off") }

// buildFlags drops from GOFLAGS what a candidate build must not obey: flags
// that write go.mod, that print, or that name another overlay (the overlay of
// this build has those files merged in). Without -mod the go command decides
// between readonly and vendor by itself.
func buildFlags(flags string) string {
	var keep []string
	for _, f := range strings.Fields(flags) {
		name, value, _ := strings.Cut(strings.TrimLeft(f, "-"), "=")
		switch name {
		case "overlay", "json", "n", "x", "v", "work", "a", "o", "c", "exec", "run", "count", "modcacherw":
			continue
		case "mod":
			if value == "mod" {
				f = "-mod=readonly"
			}
		}
		keep = append(keep, f)
	}
	return strings.Join(keep, " ")
}

// HasFlag reports whether GOFLAGS in env sets the boolean flag name.
func HasFlag(env []string, name string) bool {
	v, ok := flagValue(env, name)
	return ok && (v == "" || v == "true" || v == "1")
}

// CleanEnv is the environment of a program under training. Of the user's
// environment it has what any program needs, and the variables in pass (NAME
// or NAME=VALUE). home is a private directory that takes the place of HOME and
// TMPDIR; the go command's module cache stays readable for tests that use it.
func CleanEnv(user []string, goroot, modcache, home string, pass []string) []string {
	var env []string
	path, _ := getenv(user, "PATH")
	// As under go test, programs find the toolchain that built them first.
	env = append(env, "PATH="+filepath.Join(goroot, "bin")+string(filepath.ListSeparator)+path)
	for _, name := range []string{"LANG", "LC_ALL", "TZ", "SYSTEMROOT", "COMSPEC", "PATHEXT", "WINDIR", "GOOS", "GOARCH", "GOMAXPROCS"} {
		if v, ok := getenv(user, name); ok {
			env = append(env, name+"="+v)
		}
	}
	tmp := filepath.Join(home, "tmp")
	env = append(env,
		"HOME="+home, "USERPROFILE="+home, "LOCALAPPDATA="+home, "APPDATA="+home,
		"TMPDIR="+tmp, "TMP="+tmp, "TEMP="+tmp,
		"GOROOT="+goroot, "GOMODCACHE="+modcache,
		"GOPATH="+filepath.Join(home, "go"), "GOCACHE="+filepath.Join(home, "gocache"),
		"GOPROXY=off", "GOTOOLCHAIN=local")
	if runtime.GOOS != "windows" {
		env = dropWindows(env)
	}
	return append(env, passed(user, pass)...)
}

// keyName is the variable that holds the key for a model. It stays with this
// process, also where a program runs in the user's environment: a run shall not
// spend what nobody counts.
const keyName = "OPENAI_API_KEY"

// userEnv is the user's environment for a program: without the key, unless pass
// names it.
func userEnv(user, pass []string) []string {
	var env []string
	for _, e := range user {
		if name, _, _ := strings.Cut(e, "="); !sameName(name, keyName) {
			env = append(env, e)
		}
	}
	for _, e := range passed(user, pass) {
		if name, _, _ := strings.Cut(e, "="); sameName(name, keyName) {
			env = append(env, e)
		}
	}
	return env
}

// passed are the variables in pass, NAME or NAME=VALUE, as user has them.
func passed(user, pass []string) []string {
	var env []string
	for _, p := range pass {
		if strings.Contains(p, "=") {
			env = append(env, p)
		} else if v, ok := getenv(user, p); ok {
			env = append(env, p+"="+v)
		}
	}
	return env
}

func dropWindows(env []string) []string {
	out := env[:0]
	for _, e := range env {
		name, _, _ := strings.Cut(e, "=")
		switch name {
		case "USERPROFILE", "LOCALAPPDATA", "APPDATA", "TMP", "TEMP":
			continue
		}
		out = append(out, e)
	}
	return out
}

// privateHome makes the directories that CleanEnv names.
func privateHome(dir string) error {
	return os.MkdirAll(filepath.Join(dir, "tmp"), 0o700)
}

// FlagsOf returns GOFLAGS as candidates are built with it.
func FlagsOf(env []string) string {
	flags, _ := getenv(env, "GOFLAGS")
	return buildFlags(flags)
}

// NamesFlag reports whether GOFLAGS in env has the flag name, with any value.
func NamesFlag(env []string, name string) bool {
	_, ok := flagValue(env, name)
	return ok
}

// FlagValue returns the value of the flag name in GOFLAGS; the last counts.
func FlagValue(env []string, name string) string {
	v, _ := flagValue(env, name)
	return v
}

func flagValue(env []string, name string) (value string, ok bool) {
	flags, _ := getenv(env, "GOFLAGS")
	for _, f := range strings.Fields(flags) {
		if n, v, _ := strings.Cut(strings.TrimLeft(f, "-"), "="); n == name {
			value, ok = v, true
		}
	}
	return value, ok
}
