package journal

// Held is what the held-out cases gave in one evaluation.
type Held struct {
	Total   Total  `json:"total"`
	Cases   []Case `json:"cases"`
	Results Hash   `json:"results,omitempty"` // blob: all that every case gave, where the record has no other
}

// HeldAgain is a further evaluation of the original, or of a winner, where the
// held-out cases vary.
type HeldAgain struct {
	Hash    Hash `json:"hash"`
	Round   int  `json:"round"` // from 2 on
	Results Hash `json:"results"`
}

// Gap is how the held-out cases stand at the end.
type Gap struct {
	Before  Total  `json:"before"`
	After   *Total `json:"after,omitempty"`   // of the winner; nil: there was none, or no time to run them
	Refused string `json:"refused,omitempty"` // why the winner is not the result
	Winner  Hash   `json:"winner,omitempty"`  // that was refused
}
