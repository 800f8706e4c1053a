package journal

import "fmt"

// Order says in which order the top-level tests of a run's evaluations run. Unless
// Shuffled or Fixed is set it is that of the source.
type Order struct {
	Shuffled bool     `json:"shuffled,omitempty"` // another one in each evaluation, drawn with the seed of the run
	Fixed    string   `json:"fixed,omitempty"`    // -test.shuffle of all evaluations, as the user gave it
	Why      string   `json:"why,omitempty"`      // why it is that of the source, unless cases depend on it: one of the constants below
	Depend   []string `json:"depend,omitempty"`   // cases that do something else in another order
	Seed     string   `json:"seed,omitempty"`     // -test.shuffle of the order in which the original was tried
}

// Why the order is that of the source.
const (
	OrderOff    = "off"    // the user said so
	OrderSingle = "single" // there are no two tests to change places
)

// Text says which order that is, without what a program or a user named.
func (o *Order) Text() string {
	switch {
	case o.Shuffled:
		return "another one in each evaluation, drawn with the seed"
	case o.Fixed != "":
		return "the same in all evaluations, as -test.shuffle says"
	case o.Why == OrderOff:
		return "that of the source, as -test.shuffle=off says"
	case o.Why == OrderSingle:
		return "that of the source, for there are no two top-level tests to change places"
	case len(o.Depend) == 1:
		return "that of the source, because a case depends on it"
	case len(o.Depend) > 1:
		return fmt.Sprintf("that of the source, because %d cases depend on it", len(o.Depend))
	}
	return "that of the source"
}

// Reordered is a further evaluation of a winner that gave something else when it was
// verified in another order of the tests: in the order in which it was accepted, and
// in that of the verification.
type Reordered struct {
	Hash     Hash   `json:"hash"`
	Shuffle  string `json:"shuffle"`            // -test.shuffle
	Rejected string `json:"rejected,omitempty"` // why it did not run
	Results  Hash   `json:"results,omitempty"`  // blob: all that every case gave
}
