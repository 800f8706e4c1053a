package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// chatKey is the key that the server of a script wants.
const chatKey = "sk-the-real-key"

// A chat is a scripted model behind the OpenAI API. Its answers are files, the
// last one for ever. Every request becomes a line of chat.log in the script's
// directory: path, status, max_tokens.
type chat struct {
	mu      sync.Mutex
	answers []string
	fault   string // what becomes of every third request: 429, 500, hang, cut, garbage
	prompt  int    // tokens that an answer is billed; 0: a quarter of the bytes
	answer  int
	n, good int
	log     *os.File
}

// startChat implements the command
//
//	chat [-fault KIND] [-bill PROMPT+ANSWER] file...
//
// which starts such a server and sets OPENAI_BASE_URL and OPENAI_API_KEY.
func startChat(ts *testscript.TestScript, neg bool, args []string) {
	c := &chat{}
	fs := flag.NewFlagSet("chat", flag.ContinueOnError)
	fs.StringVar(&c.fault, "fault", "", "")
	bill := fs.String("bill", "", "")
	ts.Check(fs.Parse(args))
	if *bill != "" {
		_, err := fmt.Sscanf(*bill, "%d+%d", &c.prompt, &c.answer)
		ts.Check(err)
	}
	for _, name := range fs.Args() {
		c.answers = append(c.answers, ts.ReadFile(name))
	}
	if neg || len(c.answers) == 0 {
		ts.Fatalf("usage: chat [-fault KIND] [-bill PROMPT+ANSWER] file...")
	}
	var err error
	c.log, err = os.Create(ts.MkAbs("chat.log"))
	ts.Check(err)
	srv := httptest.NewServer(c)
	ts.Defer(func() {
		srv.CloseClientConnections()
		srv.Close()
		c.log.Close()
	})
	ts.Setenv("OPENAI_BASE_URL", srv.URL+"/v1")
	ts.Setenv("OPENAI_API_KEY", chatKey)
}

func (c *chat) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	var body struct {
		Model     string
		MaxTokens int `json:"max_tokens"`
		Stream    bool
	}
	json.Unmarshal(raw, &body)
	c.mu.Lock()
	c.n++
	fault := ""
	if c.n%3 == 0 {
		fault = c.fault
	}
	status := "200"
	switch {
	case r.Header.Get("Authorization") != "Bearer "+chatKey:
		status = "401"
	case fault != "":
		status = fault
	}
	fmt.Fprintf(c.log, "%s %s max_tokens=%d\n", r.URL.Path, status, body.MaxTokens)
	answer := c.answers[min(c.good, len(c.answers)-1)]
	if status == "200" {
		c.good++
	}
	c.mu.Unlock()

	prompt, tokens := c.prompt, c.answer
	if prompt+tokens == 0 {
		prompt, tokens = len(raw)/4, len(answer)/4
	}
	usage := fmt.Sprintf(`{"prompt_tokens":%d,"completion_tokens":%d}`, prompt, tokens)
	text, _ := json.Marshal(answer)
	switch status {
	case "401", "500":
		w.WriteHeader(map[string]int{"401": 401, "500": 500}[status])
		fmt.Fprintf(w, `{"error":{"message":"no"}}`)
		return
	case "429":
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(429)
		return
	case "hang":
		<-r.Context().Done()
		return
	case "garbage":
		io.WriteString(w, "<html>bad gateway</html>")
		return
	}
	if body.Stream {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, piece := range strings.SplitAfter(answer, " ") {
			p, _ := json.Marshal(piece)
			fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":%s}}]}\n\n", p)
			w.(http.Flusher).Flush()
		}
		if strings.Contains(string(raw), `"include_usage":true`) {
			fmt.Fprintf(w, "data: {\"choices\":[],\"usage\":%s}\n\n", usage)
		}
		io.WriteString(w, "data: [DONE]\n\n")
		return
	}
	out := fmt.Sprintf(`{"model":%q,"choices":[{"message":{"role":"assistant","content":%s},"finish_reason":"stop"}],"usage":%s}`, body.Model, text, usage)
	w.Header().Set("Content-Type", "application/json")
	if status == "cut" {
		w.Header().Set("Content-Length", fmt.Sprint(len(out)))
		io.WriteString(w, out[:len(out)/2])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	io.WriteString(w, out)
}
