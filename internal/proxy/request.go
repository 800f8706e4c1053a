package proxy

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/sashabaranov/go-openai"

	"github.com/opto-go/trace/internal/llm"
)

const (
	prefix  = "/v1"
	maxBody = 16 << 20 // of a request and of an answer
)

// An endpoint is a part of the API whose use can be counted.
type endpoint struct {
	limits []string // names of the limit of an answer, the one to add first
	none   bool     // the answer has no tokens
	free   bool     // it is not billed
}

var endpoints = map[string]endpoint{
	"POST /chat/completions": {limits: []string{"max_tokens", "max_completion_tokens"}},
	"POST /completions":      {limits: []string{"max_tokens"}},
	"POST /responses":        {limits: []string{"max_output_tokens"}},
	"POST /embeddings":       {none: true},
	"GET /models":            {none: true, free: true},
}

// endpointNames lists them for errors.
const endpointNames = "chat/completions, completions, responses, embeddings and models"

// A request is what a program asked for.
type request struct {
	endpoint
	path      string // below /v1
	query     string
	method    string
	hash      string
	raw       []byte         // the body as it was sent
	fields    map[string]any // the body, nil if there is none
	model     string
	stream    bool
	times     int  // answers
	addsUsage bool // the program did not ask for the usage of a stream
	accept    string
}

// A refusal is an answer of the proxy itself.
type refusal struct {
	status int
	code   string
	err    error
	void   bool // the evaluation does not count
}

func refuse(status int, code, format string, args ...any) *refusal {
	return &refusal{status: status, code: code, err: fmt.Errorf(format, args...)}
}

// answer is the refusal in the form of the API's errors.
func (r *refusal) answer() Answer {
	body, _ := json.Marshal(map[string]any{"error": map[string]any{
		"message": "tracetrain: " + r.err.Error(), "type": "tracetrain_proxy", "code": r.code, "param": nil,
	}})
	return Answer{Status: r.status, Type: "application/json", Body: body}
}

// readRequest reads what r asks for.
func readRequest(w http.ResponseWriter, r *http.Request) (*request, *refusal) {
	path, ok := strings.CutPrefix(r.URL.Path, prefix)
	e, known := endpoints[r.Method+" "+path]
	if !ok || !known {
		return nil, refuse(http.StatusNotFound, "not_metered", "%s %s is not passed on: what it uses cannot be counted; %s can", r.Method, r.URL.Path, endpointNames)
	}
	q := &request{endpoint: e, path: path, query: r.URL.RawQuery, method: r.Method, accept: r.Header.Get("Accept")}
	if enc := r.Header.Get("Content-Encoding"); enc != "" && enc != "identity" {
		return nil, refuse(http.StatusUnsupportedMediaType, "encoding", "the body is encoded with %q, which is not read here", enc)
	}
	var err error
	if q.raw, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody)); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return nil, refuse(http.StatusRequestEntityTooLarge, "too_large", "the request is longer than %d MB", maxBody>>20)
		}
		return nil, refuse(http.StatusBadRequest, "broken_off", "the request broke off")
	}
	normal := q.raw
	if r.Method == http.MethodPost {
		if q.fields, err = object(q.raw); err != nil {
			return nil, refuse(http.StatusBadRequest, "not_json", "the request is no JSON object: %v", err)
		}
		if normal, err = json.Marshal(q.fields); err != nil {
			return nil, refuse(http.StatusBadRequest, "not_json", "the request is no JSON object: %v", err)
		}
		q.model, _ = q.fields["model"].(string)
		q.stream, _ = q.fields["stream"].(bool)
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s %s?%s\n", q.method, q.path, q.query)
	sum.Write(normal)
	q.hash = hex.EncodeToString(sum.Sum(nil))
	return q, nil
}

// object reads a JSON object and keeps numbers as they are written.
func object(data []byte) (map[string]any, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var fields map[string]any
	if err := dec.Decode(&fields); err != nil {
		return nil, err
	}
	if fields == nil {
		return nil, errors.New("it is null")
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("something follows it")
	}
	return fields, nil
}

// unbounded are fields that bring in text, or time, that the request does not
// show, so that there is no worst case.
var unbounded = []string{"previous_response_id", "conversation", "prompt_id", "background"}

// imageTokens is what an image is taken to need at most: servers do not bill
// images by their bytes.
const imageTokens = 1 << 16

// need is the worst case of the request. Where the program sets no limit and
// the budget needs one, the meter chooses it.
func (q *request) need(price *llm.Price, maxTokens int, bounded bool) (n llm.Need, r *refusal) {
	if bounded {
		for _, name := range unbounded {
			if v := q.fields[name]; v != nil && v != false {
				return n, refuse(http.StatusBadRequest, "not_metered", "a request with %s has no worst case, which the budget needs", name)
			}
		}
		if _, ok := q.fields["prompt"].(map[string]any); ok {
			return n, refuse(http.StatusBadRequest, "not_metered", "a request with a stored prompt has no worst case, which the budget needs")
		}
	}
	messages, _ := q.fields["messages"].([]any)
	n = llm.Need{
		Prompt: llm.PromptBound(len(q.raw), len(messages)) + imageTokens*images(q.fields),
		Price:  price,
	}
	if q.none {
		n.Fixed = true
		return n, nil
	}
	n.Answer = maxTokens
	if limit := q.limit(); limit > 0 {
		n.Answer, n.Fixed = limit, true
	}
	if q.times = times(q.fields); q.times > 1 {
		if n.Answer == 0 && bounded {
			n.Answer = llm.MaxAnswer
		}
		// The limit is of each.
		n.Answer, n.Fixed = min(n.Answer, 1<<30)*q.times, true
	}
	return n, nil
}

// limit is how long the program lets an answer be, 0 if it does not say.
func (q *request) limit() int {
	limit := 0
	for _, name := range q.limits {
		limit = max(limit, count(q.fields[name]))
	}
	return limit
}

// times is how many answers are asked for.
func times(fields map[string]any) int {
	n := max(count(fields["n"]), count(fields["best_of"]), 1)
	if prompts, ok := fields["prompt"].([]any); ok {
		n *= max(len(prompts), 1)
	}
	return n
}

// count reads a number of things, 0 if v is none.
func count(v any) int {
	n, ok := v.(json.Number)
	if !ok {
		return 0
	}
	f, err := n.Float64() // servers accept 100.0 as well
	if err != nil || f < 1 {
		return 0
	}
	return int(min(f, 1<<20))
}

// images counts the parts of a request that are images or other files.
func images(v any) int {
	n := 0
	switch v := v.(type) {
	case map[string]any:
		switch v["type"] {
		case "image_url", "input_image", "image", "file", "input_file":
			n++
		}
		for _, e := range v {
			n += images(e)
		}
	case []any:
		for _, e := range v {
			n += images(e)
		}
	}
	return n
}

// body is the request as it is sent on: with a limit for the answer if the
// budget needs one, and, for a stream, with the wish to hear what it used.
func (q *request) body(limit int) ([]byte, error) {
	if q.fields == nil {
		return q.raw, nil
	}
	add := map[string]any{}
	if limit > 0 && !q.none && q.limit() == 0 {
		name := q.limits[0]
		if q.path == "/chat/completions" && reasons(q.model) {
			name = "max_completion_tokens"
		}
		add[name] = max(limit/max(q.times, 1), 1)
	}
	if q.stream && q.path != "/responses" {
		options, _ := q.fields["stream_options"].(map[string]any)
		if options["include_usage"] != true {
			q.addsUsage = true
			more := map[string]any{"include_usage": true}
			for k, v := range options {
				if k != "include_usage" {
					more[k] = v
				}
			}
			add["stream_options"] = more
		}
	}
	if len(add) == 0 {
		return q.raw, nil
	}
	for k, v := range q.fields {
		if _, ok := add[k]; !ok {
			add[k] = v
		}
	}
	return json.Marshal(add)
}

// reasons reports whether a model takes only the newer name of the limit.
func reasons(model string) bool {
	return openai.NewReasoningValidator().Validate(openai.ChatCompletionRequest{
		Model: model,
		//lint:ignore SA1019 the question is whether it may be used
		MaxTokens: 1,
	}) != nil
}
