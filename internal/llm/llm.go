// Package llm talks to language models: OpenAI-compatible servers, external
// commands, and recorded answers.
//
// A model is named by a spec, the word that -llm takes:
//
//	openai:MODEL   any server that speaks the OpenAI chat API; OPENAI_API_KEY
//	               holds the key, OPENAI_BASE_URL another server's address
//	exec:COMMAND   a command that reads the prompt on standard input and
//	               writes its answer to standard output
//	replay:RUN     the answers recorded in an earlier run
//	none           no model
//
// [Parse] reads a spec and [New] makes a [Client] of it. Retries, waiting and
// time limits are the providers' own business: a caller sees one call that
// succeeds, or fails with an error that says what to do. Keys appear in no error,
// answer or log.
package llm

import "context"

// Client completes prompts.
type Client interface {
	// Spec is the -llm word that made the client, such as "openai:gpt-4o".
	Spec() string
	Complete(ctx context.Context, req Request) (Response, error)
}

// Key names the place of a call in a run; answers are recorded under it.
type Key struct {
	Step   int `json:"step"`
	Slot   int `json:"slot"`
	Repair int `json:"repair"`
}

// Message is one turn of a conversation.
type Message struct {
	Role    string `json:"role"` // system, user, assistant
	Content string `json:"content"`
}

// Request is one call.
type Request struct {
	Key         Key       `json:"key"`
	Messages    []Message `json:"messages"`
	MaxTokens   int       `json:"max_tokens,omitempty"` // 0: the provider's default
	Temperature *float64  `json:"temperature,omitempty"`
}

// Response is a whole answer. An answer that the provider cut off has
// Finish "length".
type Response struct {
	Text             string `json:"text"`
	Finish           string `json:"finish"` // stop, length, …
	Model            string `json:"model,omitempty"`
	PromptTokens     int    `json:"prompt_tokens"`
	CompletionTokens int    `json:"completion_tokens"`
	// Estimated says that the provider reported no usage and the token counts
	// are a guess from the sizes of the texts.
	Estimated bool `json:"estimated,omitempty"`
}

// FinishLength is the Finish of an answer that was cut off by a token limit.
const FinishLength = "length"
