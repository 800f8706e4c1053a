package proxy

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func sse(events ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		for _, e := range events {
			if e == "CUT" {
				panic(http.ErrAbortHandler)
			}
			io.WriteString(w, "data: "+e+"\n\n")
			w.(http.Flusher).Flush()
		}
	}
}

const (
	piece1 = `{"choices":[{"delta":{"content":"a"},"finish_reason":null}]}`
	piece2 = `{"choices":[{"delta":{"content":"b"},"finish_reason":"stop"}]}`
	used   = `{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}}`
	stream = `{"model":"m","stream":true,"messages":[]}`
)

func TestStreams(t *testing.T) {
	whole := "data: " + piece1 + "\n\ndata: " + piece2 + "\n\ndata: [DONE]\n\n"
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		body   string
		want   string
		tokens int
		kept   bool
		broken bool
	}{
		{"the usage is counted and hidden", sse(piece1, piece2, used, "[DONE]"), stream, whole, 10, true, false},
		{"the program wants the usage", sse(piece1, piece2, used, "[DONE]"), `{"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[]}`,
			strings.Replace(whole, "data: [D", "data: "+used+"\n\ndata: [D", 1), 10, true, false},
		{"no usage", sse(piece1, piece2, "[DONE]"), stream, whole, -1, true, false},
		{"no end but a finish", sse(piece1, piece2), stream, strings.TrimSuffix(whole, "data: [DONE]\n\n"), -1, true, false},
		{"broken off", sse(piece1, "CUT"), stream, "data: " + piece1 + "\n\n", -1, false, true},
		{"ended too early", sse(piece1), stream, "data: " + piece1 + "\n\n", -1, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u := serve(t, tt.answer)
			p, store := start(t, u, nil)
			l := p.Lease("x", 0)
			_, got, _, err := l.program().do(t.Context(), "POST", "/chat/completions", tt.body)
			if (err != nil) != tt.broken {
				t.Errorf("error %v", err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			p.Close() // waits for the recording
			if len(store.saved) != 1 || (store.saved[0].Answer != nil) != tt.kept {
				t.Fatalf("saved %+v", store.saved)
			}
			if tt.kept && string(store.saved[0].Answer.Body) != tt.want {
				t.Errorf("recorded %s", store.saved[0].Answer.Body)
			}
			spent := p.opt.Meter.Spent()
			if tt.tokens >= 0 && spent.Tokens != tt.tokens || tt.tokens < 0 && (spent.Tokens == 0 || !spent.Guess) {
				t.Errorf("spent %+v", spent)
			}
			if !strings.Contains(u.bodies[0], `"include_usage":true`) {
				t.Errorf("the server was not asked for the usage: %s", u.bodies[0])
			}
		})
	}
}

// TestStreamComesAtOnce: pieces are passed on as they come.
func TestStreamComesAtOnce(t *testing.T) {
	more := make(chan bool)
	u := serve(t, func(w http.ResponseWriter, r *http.Request) {
		sse(piece1)(w, r)
		<-more
		sse(piece2, "[DONE]")(w, r)
	})
	p, _ := start(t, u, nil)
	prog := p.Lease("x", 0).program()
	req, _ := http.NewRequestWithContext(t.Context(), "POST", prog.base+"/chat/completions", strings.NewReader(stream))
	req.Header.Set("Authorization", "Bearer "+prog.key)
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	line, err := bufio.NewReader(resp.Body).ReadString('\n')
	if err != nil || !strings.Contains(line, `"a"`) {
		t.Errorf("got %q, %v", line, err)
	}
	close(more)
	io.Copy(io.Discard, resp.Body)
}

// TestEvents: a stream is cut into events the same way wherever it is cut into
// packets, and comes out as it went in.
func TestEvents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		end := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "line end")
		var in, want strings.Builder
		for range rapid.IntRange(0, 6).Draw(t, "events") {
			text := rapid.SampledFrom([]string{piece1, "x", "", `{"a":"` + strings.Repeat("long", 20000) + `"}`}).Draw(t, "data")
			lines := "data: " + text + end
			if rapid.Bool().Draw(t, "more lines") {
				lines = ": a remark" + end + "event: e" + end + lines
			}
			in.WriteString(lines + end)
			want.WriteString(lines + end)
			if rapid.Bool().Draw(t, "usage") {
				in.WriteString("data: " + used + end + end)
			}
			if rapid.Bool().Draw(t, "empty lines") {
				in.WriteString(end)
			}
		}
		s := &streamReader{r: bufio.NewReaderSize(&slow{data: []byte(in.String()), n: rapid.IntRange(1, 5000).Draw(t, "packet")}, 4096), hide: true, left: 1 << 20}
		var got strings.Builder
		for {
			e, err := s.next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			got.Write(e)
		}
		if d := cmp.Diff(want.String(), got.String()); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
	s := &streamReader{r: bufio.NewReader(strings.NewReader("data: " + strings.Repeat("x", 10000))), left: 5000}
	if _, err := s.next(); !errors.Is(err, errLong) {
		t.Errorf("got %v", err)
	}
}

// slow gives n bytes at a time.
type slow struct {
	data []byte
	n    int
}

func (s *slow) Read(p []byte) (int, error) {
	if len(s.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.data[:min(s.n, len(s.data))])
	s.data = s.data[n:]
	return n, nil
}
