package llm

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/opto-go/trace/internal/ui"
)

// Providers that a spec can name.
const (
	OpenAI = "openai"
	Exec   = "exec"
	Replay = "replay"
	None   = "none"
)

// Forms lists the specs for usage texts and errors.
const Forms = "openai:MODEL, exec:COMMAND, replay:RUN or none"

// Spec names a model. The zero value is not valid.
type Spec struct {
	Provider string // OpenAI, Exec, Replay or None
	Arg      string // model, command or run
	words    []string
}

// String returns the word that -llm takes.
func (s Spec) String() string {
	if s.Arg == "" {
		return s.Provider
	}
	return s.Provider + ":" + s.Arg
}

// Parse reads the value of -llm.
func Parse(spec string) (Spec, error) {
	provider, arg, colon := strings.Cut(strings.TrimSpace(spec), ":")
	arg = strings.TrimSpace(arg)
	s := Spec{Provider: provider, Arg: arg}
	need := func(what, example string) error {
		return ui.Errorf("-llm %s: the %s is missing", spec, what).WithHint("write for example -llm '%s'", example)
	}
	switch provider {
	case OpenAI:
		if arg == "" {
			return Spec{}, need("model", "openai:gpt-4o")
		}
	case Exec:
		if arg == "" {
			return Spec{}, need("command", "exec:ollama run qwen3")
		}
		words, err := SplitWords(arg)
		if err != nil {
			return Spec{}, ui.Errorf("-llm %s: %w", spec, err)
		}
		s.words = words
	case Replay:
		if arg == "" {
			return Spec{}, need("run", "replay:RUN, an id or a path")
		}
	case None:
		if colon {
			return Spec{}, ui.Errorf("-llm %s: none takes no argument", spec)
		}
	case "":
		return Spec{}, ui.Errorf("-llm names no model").WithHint("want %s", Forms)
	default:
		err := ui.Errorf("-llm %s: unknown provider %q", spec, provider)
		if !colon {
			return Spec{}, err.WithHint("want %s; is it openai:%s?", Forms, provider)
		}
		return Spec{}, err.WithHint("want %s", Forms)
	}
	return s, nil
}

// Options configure clients. The zero value is ready to use, except that a
// replay needs Recorded.
type Options struct {
	// Timeout bounds one attempt; 0 stands for ten minutes. A model that
	// thinks for long is normal.
	Timeout time.Duration
	// Attempts bounds the tries of one call to a server; 0 stands for 5.
	Attempts int
	// Seed makes the jitter of the waits between attempts repeatable.
	Seed int64
	// OnRetry, if not nil, is told about every wait. It may be called from
	// several goroutines.
	OnRetry func(Retry)

	// Dir is the working directory of commands; empty stands for the
	// process's own.
	Dir string

	// Recorded holds the answers of a replay.
	Recorded Recorded
	// Strict makes it an error when a replayed prompt differs from the
	// recorded one.
	Strict bool
	// OnChange, if not nil, is told about a replayed prompt that differs,
	// with a unified diff. It may be called from several goroutines.
	OnChange func(key Key, diff string)

	// Getenv stands in for os.Getenv, and Transport for
	// http.DefaultTransport, when they are not nil.
	Getenv    func(string) string
	Transport http.RoundTripper

	sleep sleepFunc // nil: real time
}

// Retry describes one wait before another attempt.
type Retry struct {
	Key     Key
	Attempt int // of the attempt that failed, from 1
	Wait    time.Duration
	Reason  string
}

func (r Retry) String() string {
	return fmt.Sprintf("%s; next attempt in %s", r.Reason, r.Wait.Round(100*time.Millisecond))
}

// New makes the client that spec names. It does not touch the network.
func New(spec Spec, opt Options) (Client, error) {
	if opt.Timeout <= 0 {
		opt.Timeout = 10 * time.Minute
	}
	if opt.Attempts <= 0 {
		opt.Attempts = 5
	}
	if opt.Getenv == nil {
		opt.Getenv = os.Getenv
	}
	if opt.Transport == nil {
		opt.Transport = http.DefaultTransport
	}
	if opt.sleep == nil {
		opt.sleep = sleep
	}
	switch spec.Provider {
	case OpenAI:
		return newOpenAI(spec, opt)
	case Exec:
		return newCommand(spec, opt)
	case Replay:
		return newReplay(spec, opt)
	case None:
		return none{}, nil
	}
	return nil, ui.Errorf("unknown model provider %q", spec.Provider).WithHint("want %s", Forms)
}
