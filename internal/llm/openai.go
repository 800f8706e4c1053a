package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sashabaranov/go-openai"

	"github.com/opto-go/trace/internal/ui"
)

const openAIHost = "api.openai.com"

// chat is a client of a server that speaks the OpenAI chat API.
type chat struct {
	spec   Spec
	key    string
	base   string // base URL, fit to be shown
	client *openai.Client
}

func newOpenAI(spec Spec, opt Options) (Client, error) {
	u, key, err := Server(spec.String(), opt.Getenv)
	if err != nil {
		return nil, err
	}
	config := openai.DefaultConfig(key)
	config.BaseURL = u.String()
	c := &chat{spec: spec, key: key, base: u.Redacted()}
	config.HTTPClient = &http.Client{Transport: &retrier{base: opt.Transport, opt: opt, check: checkChat, now: time.Now}}
	c.client = openai.NewClientWithConfig(config)
	return c, nil
}

// Server returns the address and the key of the OpenAI-compatible server that
// an environment names. Who needs it begins the error.
func Server(who string, getenv func(string) string) (base *url.URL, key string, err error) {
	key = strings.TrimSpace(getenv("OPENAI_API_KEY"))
	address := strings.TrimSpace(getenv("OPENAI_BASE_URL"))
	if address == "" {
		address = openai.DefaultConfig("").BaseURL
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, "", ui.Errorf("%s: OPENAI_BASE_URL is not an http address", who).
			WithHint("set it to something like http://127.0.0.1:11434/v1")
	}
	if key == "" && u.Host == openAIHost {
		return nil, "", ui.Errorf("%s: OPENAI_API_KEY is not set", who).
			WithHint("export OPENAI_API_KEY=…, or OPENAI_BASE_URL=http://host:port/v1 for a server of your own")
	}
	return u, key, nil
}

func (c *chat) Spec() string { return c.spec.String() }

// checkChat reports why a body with a good status is no answer.
func checkChat(body []byte) error {
	var doc struct {
		Choices []json.RawMessage `json:"choices"`
		Error   any               `json:"error"`
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		return errors.New("the server sent something that is not JSON")
	}
	if len(doc.Choices) == 0 {
		if doc.Error != nil {
			return newStatusError(http.StatusOK, body)
		}
		return errors.New("the server sent no choices")
	}
	return nil
}

func (c *chat) Complete(ctx context.Context, req Request) (Response, error) {
	reply, err := c.client.CreateChatCompletion(withKey(ctx, req.Key), c.request(req))
	if err != nil {
		return Response{}, c.explain(ctx, err)
	}
	choice := reply.Choices[0]
	resp := Response{
		Text:             choice.Message.Content,
		Finish:           string(choice.FinishReason),
		Model:            reply.Model,
		PromptTokens:     reply.Usage.PromptTokens,
		CompletionTokens: reply.Usage.CompletionTokens,
	}
	if resp.Text == "" {
		resp.Text = choice.Message.Refusal
	}
	estimate(req, &resp)
	return resp, nil
}

// request shapes req for the model. Models that reason take another name for
// the token limit and no temperature; go-openai knows which they are.
func (c *chat) request(req Request) openai.ChatCompletionRequest {
	out := openai.ChatCompletionRequest{Model: c.spec.Arg}
	for _, m := range req.Messages {
		out.Messages = append(out.Messages, openai.ChatCompletionMessage{Role: m.Role, Content: m.Content})
	}
	if t := req.Temperature; t != nil {
		out.Temperature = float32(*t)
		if *t == 0 {
			// A plain zero would be left out of the request.
			out.Temperature = math.SmallestNonzeroFloat32
		}
	}
	if openai.NewReasoningValidator().Validate(out) != nil {
		out.Temperature = 0
	}
	old := out
	//lint:ignore SA1019 most compatible servers know only the old name
	old.MaxTokens = req.MaxTokens
	if openai.NewReasoningValidator().Validate(old) == nil {
		return old
	}
	out.MaxCompletionTokens = req.MaxTokens
	return out
}

// explain turns an error of the layers below into one that names the server
// and says what to do, without the key.
func (c *chat) explain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", c.spec, ctx.Err())
	}
	var f *failure
	if !errors.As(err, &f) {
		return ui.Errorf("%s: %s: %s", c.spec, c.base, c.redact(err.Error()))
	}
	after := ""
	if f.attempts > 1 {
		after = fmt.Sprintf(" after %d attempts", f.attempts)
	}
	if f.budget != nil {
		return fmt.Errorf("%s: %s%s: %s; no further attempt is made, as %w", c.spec, c.base, after, c.redact(f.Error()), f.budget)
	}
	var status *statusError
	if !errors.As(f.err, &status) {
		return ui.Errorf("%s: cannot get an answer from %s%s: %s", c.spec, c.base, after, c.redact(f.Error())).
			WithHint("check that the server runs and that OPENAI_BASE_URL (now %s) is its address", c.base)
	}
	e := ui.Errorf("%s: %s answers%s: %s", c.spec, c.base, after, c.redact(f.Error()))
	switch {
	case status.code == http.StatusUnauthorized || status.code == http.StatusForbidden:
		if c.key == "" {
			return e.WithHint("OPENAI_API_KEY is not set")
		}
		return e.WithHint("check OPENAI_API_KEY: the server does not accept it for this model")
	case status.code == http.StatusNotFound:
		return e.WithHint("check the model name %q, and that OPENAI_BASE_URL ends in the API's version, usually /v1", c.spec.Arg)
	case status.kind == "insufficient_quota":
		return e.WithHint("the account has no credit left")
	case status.code == http.StatusTooManyRequests:
		return e.WithHint("wait, or lower the number of calls in parallel; resume continues the run")
	}
	return e
}

// redact removes the key from a text that a server or a library wrote.
func (c *chat) redact(s string) string {
	if c.key == "" {
		return s
	}
	return strings.ReplaceAll(s, c.key, "[OPENAI_API_KEY]")
}
