package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/opto-go/trace/internal/llm"
)

// The module that is trained. Its value tells the candidates apart, and every
// process that is not a recording says that it began, and has a child that
// would outlive it.
var killModule = map[string]string{
	"go.mod": "module example.com/kill\n\ngo 1.24\n",
	"m.go": `package kill

// Value is to be large.
//
//trace:bundle trainable
func Value() int { return 1000 }
`,
	"m_test.go": `package kill

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if os.Getenv("TRACE_DIR") == "" {
		f, err := os.OpenFile(os.Getenv("KILL_LOG"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
		if err != nil {
			panic(err)
		}
		fmt.Fprintln(f, Value())
		f.Close()
	}
	exec.Command("sleep", "600").Start()
	time.Sleep(100 * time.Millisecond)
	os.Exit(m.Run())
}

// With a second test there is an order.
func TestPositive(t *testing.T) {
	if Value() <= 0 {
		t.Error("not positive")
	}
}

func TestValue(t *testing.T) {
	for want := 1001; want <= 1006; want++ {
		t.Run(fmt.Sprint(want), func(t *testing.T) {
			if got := Value(); got < want {
				t.Errorf("Value() = %d, want at least %d", got, want)
			}
		})
	}
}
`,
}

// killAnswers are what the model says in each step, first and after a reply.
var killAnswers = [][]string{
	{value(1002)},
	{"I do not know.", value(1001)}, // worse
	{value(1003)},
	{"```go Value\nfunc Value() int { return nothing }\n```", value(1005)},
	{value(1004)}, // worse
	{value(1006)},
}

func value(n int) string {
	return fmt.Sprintf("A larger one.\n\n```go Value\nfunc Value() int { return %d }\n```\n", n)
}

var returned = regexp.MustCompile(`return (10\d\d)`)

// A payServer is a model that knows from the prompt where the run stands, and
// counts what it sent.
type payServer struct {
	*httptest.Server
	mu   sync.Mutex
	sent map[llm.Key]int // answers, whether anyone was left to read them or not
}

func newPayServer(t *testing.T) *payServer {
	s := &payServer{sent: map[llm.Key]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var req struct{ Messages []llm.Message }
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		key := llm.Key{Step: 1}
		seen := map[string]bool{}
		for _, m := range req.Messages {
			if m.Role == "assistant" {
				key.Repair++
				continue
			}
			for _, v := range returned.FindAllStringSubmatch(m.Content, -1) {
				seen[v[1]] = true
			}
		}
		delete(seen, "1000")
		key.Step += len(seen)
		if key.Step > len(killAnswers) || key.Repair >= len(killAnswers[key.Step-1]) {
			http.Error(w, fmt.Sprintf("nobody asks that: %v", key), http.StatusBadRequest)
			return
		}
		time.Sleep(30 * time.Millisecond)
		s.mu.Lock()
		s.sent[key]++
		s.mu.Unlock()
		json.NewEncoder(w).Encode(map[string]any{
			"model":   "scripted",
			"choices": []any{map[string]any{"finish_reason": "stop", "message": llm.Message{Role: "assistant", Content: killAnswers[key.Step-1][key.Repair]}}},
			"usage":   map[string]int{"prompt_tokens": 100, "completion_tokens": 10},
		})
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *payServer) snapshot() map[llm.Key]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.sent)
}
