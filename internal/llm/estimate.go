package llm

// estimate fills in token counts that the provider did not report: four bytes
// a token is near enough where nobody bills by the token.
func estimate(req Request, resp *Response) {
	if resp.PromptTokens > 0 || resp.CompletionTokens > 0 {
		return
	}
	resp.PromptTokens = guess(promptBytes(req))
	resp.CompletionTokens = guess(len(resp.Text))
	resp.Estimated = true
}

// guess is how many tokens a text has, probably.
func guess(bytes int) int { return (bytes + 3) / 4 }

func promptBytes(req Request) int {
	n := 0
	for _, m := range req.Messages {
		n += len(m.Content)
	}
	return n
}

// Bound is how many tokens the prompt of req has at most: a token has at least
// one byte. What servers put around messages is allowed for.
func (req Request) Bound() int { return PromptBound(promptBytes(req), len(req.Messages)) }

// PromptBound is the same for a prompt of so many bytes and messages.
func PromptBound(bytes, messages int) int { return bytes + 16*messages + 256 }
