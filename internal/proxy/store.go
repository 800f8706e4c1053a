package proxy

import "github.com/opto-go/trace/internal/llm"

// A Key is what an answer is found by.
type Key struct {
	Request string // sha256 of method, path and normalised body, in hexadecimal
	N       int    // equal requests that the lease had sent before
	Sample  int    // of the lease
}

// An Answer is what a server answered, without its headers.
type Answer struct {
	Status int
	Type   string // Content-Type
	Body   []byte
}

// An Exchange is a request that was sent to the server and what came of it.
type Exchange struct {
	Key
	For    string // of the lease that was the first to ask
	Path   string
	Body   []byte // as the program sent it
	Model  string
	Answer *Answer // nil: none that can be given again
	Error  string  // why there is none
	Spent  llm.Spent
}

// A Store keeps answers. It is used from several goroutines.
type Store interface {
	// Load returns the answer kept under a key.
	Load(Key) (Answer, bool, error)
	// Ready reports whether an answer can be kept. It is called before
	// anything is paid for.
	Ready() error
	// Save keeps an exchange.
	Save(Exchange) error
}
