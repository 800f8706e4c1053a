// Package llm talks to language models: OpenAI-compatible servers, external
// commands, and recorded answers.
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
}
