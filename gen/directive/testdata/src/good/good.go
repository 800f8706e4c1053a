// Package good has every directive where it belongs.
package good

import (
	_ "embed"
	"errors"
	"time"
)

// Extract returns the answer.
//
//trace:bundle trainable allow="strings,regexp.MustCompile,go"
func Extract(s string) (string, error) { return s, nil }

//trace:bundle expand nocatch name=Sum // more words
func add(a, b int) int { return a + b }

// T has fields.
type T struct {
	// Rate is the learning rate.
	//trace:node trainable min=0 max=1 step=0.1
	Rate float64

	Wait time.Duration //trace:node trainable min=1ms max=1.5s step=500us
	//trace:node
	Inner struct {
		Deep string //trace:node desc="how deep"
	}
	//trace:node
	error
}

func newT() *T { return &T{Rate: 0.3, Wait: time.Second} }

// Do does.
//
//trace:bundle
func (t *T) Do(x int) int {
	//trace:node trainable min=1 max=10
	local := 3
	second := "a" //trace:node trainable choices="a,b,c"
	third := 4
	//trace:skip reason="too hot"
	for i := range x {
		local += i
	}
	if x > 0 { //trace:skip reason="rare"
		x++
	}
	// about v
	//trace:node
	var v = third
	f := func() int {
		//trace:node trainable
		n := 5
		return n
	}
	return local + len(second) + v + f()
}

type Doer interface {
	//trace:bundle
	Do(x int) int
	Undo() //trace:bundle desc="undoes"
}

// template is a prompt.
//
//trace:node trainable constraint="keep the {question} placeholder" check=hasPlaceholder
var template = "Answer the question: {question}"

func hasPlaceholder(s string) error { return errors.New(s) }

//trace:node
//go:embed good.go
var prompt string

const (
	limit = 5 //trace:node trainable min=0 max=0x10
	next  = limit + 1
)

//trace:node trainable choices="true,false"
var flag = true

//trace:node trainable
var list = []string{"a", "b"}

//trace:skip reason="noise"
func noise() {}

// Box is generic.
type Box[E any] struct {
	v E
	n int //trace:node trainable
}

func NewBox[E any](v E) Box[E] {
	b := Box[E]{v: v}
	b.n = 7
	return b
}

//trace:bundle
func (b *Box[E]) Get() E { return b.v }

// trace: the path of a value through a program
// trace: skip the first line
// trace: node name comes first
//
//	trace:bundle
var _ = 0
