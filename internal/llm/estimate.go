package llm

// estimate fills in token counts that the provider did not report: four bytes
// a token is near enough for a budget.
func estimate(req Request, resp *Response) {
	if resp.PromptTokens > 0 || resp.CompletionTokens > 0 {
		return
	}
	n := 0
	for _, m := range req.Messages {
		n += len(m.Content)
	}
	resp.PromptTokens = (n + 3) / 4
	resp.CompletionTokens = (len(resp.Text) + 3) / 4
	resp.Estimated = true
}
