//trace:bundle // want `//trace:bundle stands in the file header`

package bad

import (
	_ "embed"
	"time"
)

//trace:bundel // want `unknown directive //trace:bundel \(did you mean //trace:bundle\?\)`
func f1() {}

//trace:bundle trainabel // want `unknown option trainabel for //trace:bundle \(did you mean trainable\?\)`
func f2() {}

//trace:bundle min=1 // want `option min does not fit //trace:bundle`
func f3() {}

// trace:bundle // want `"// trace:bundle" is an ordinary comment`
func f4() {}

func f5() {
	//trace: bundle trainable // want `"//trace: bundle" is an ordinary comment` `does not stand above a declaration`
}

func f6() {
	//trace:Bundle // want `"//trace:Bundle" is an ordinary comment, not a directive \(write //trace:bundle, without` `does not stand above a declaration`
}

func f7() {
	//Trace:bundle trainable // want `"//Trace:bundle" is an ordinary comment` `does not stand above a declaration`
}

/*trace:bundle*/ // want `"/\*trace:bundle" is an ordinary comment`
func f8()        {}

//trace:bundle // want `//trace:bundle is detached from its declaration \(remove what separates it from function f9\)`

// f9 is a function.
func f9() {
	//trace:node // want `//trace:node does not stand above a declaration`
}

func f10() {
	//trace:bundle // want `//trace:bundle does not fit local variable x`
	x := 1
	//trace:node // want `//trace:node does not fit an assignment`
	x = 2
	//trace:node // want `//trace:node names one thing, and this is local variable a, b`
	a, b := 1, 2
	//trace:node // want `//trace:node does not fit an if statement`
	if c := 1; c > 0 {
	}
	_, _, _ = x, a, b
	//trace:skip // want `//trace:skip needs a reason`
	f9()
	f9() //trace:skip reason="" // want `option reason has an empty value`
	//trace:node trainable
	dup := 1
	_ = dup
	{
		//trace:node trainable // want `duplicate identity bad.f10.dup, also at bad.go:\d+:2 \(give one of them another identity with name=\)`
		dup := 2
		_ = dup
	}
	//trace:node trainable // want `local variable later has no initial value`
	var later int
	later = 3
	_ = later
}

//trace:node // want `//trace:node does not fit type t1`
type t1 int

//trace:node // want `//trace:node does not fit function f11`
func f11() {}

//trace:bundle trainable trainable // want `duplicate option trainable`
func f12() {}

//trace:bundle trainable=yes // want `option trainable takes no value`
func f13() {}

//trace:bundle desc // want `option desc needs a value`
func f14() {}

//trace:bundle desc="a"b // want `expected a blank after the value of desc, found "b"`
func f15() {}

//trace:bundle allow=a,b trainable // want `expected a word as value of allow, found ',' in it \(quote it: allow="a,b"\)`
func f16() {}

//trace:bundle desc = "x" // want `option desc needs a value` `found "=" \(write key=value without blanks around the equals sign\)` `expected an option, found "\\"x\\""`
func f17() {}

//trace:bundle constraint="short" // want `option constraint means nothing without trainable`
func f18() {}

//trace:node // want `//trace:node on the blank name _`
var _ = 1

//trace:node trainable min=5
var tooSmall = 3 // want `the initial value breaks its constraint: 3 is less than min=5`

//trace:node trainable max=5s
var tooLong = 2 * time.Minute // want `2m0s is greater than max=5s`

//trace:node trainable min=0.05 step=0.1
var offGrid = 0.3 // want `0.3 is not on the grid of step=0.1 from min=0.05`

//trace:node trainable choices="a,b"
var unchosen = "c" // want `"c" is not one of the choices "a", "b"`

//trace:node trainable min=a // want `option min: "a" is not a number`
var badMin = 1

//trace:node trainable min=1 // want `option min does not fit a value of type string`
var noNumber = "x"

//trace:node trainable min=2 max=1 // want `min=2 is greater than max=1`
var crossed = 1

//trace:node trainable step=0 // want `step=0 is not positive`
var noStep = 1

//trace:node trainable max=300 // want `300 does not fit int8`
var small int8 = 1

//trace:node trainable min=5 // want `"5" is not a duration; write it like 1.5s`
var wait = time.Second

//trace:node trainable choices="a,,b,a" // want `the list of choices has an empty entry` `the list of choices holds a twice`
var choice = "a"

//trace:node trainable check=missing // want `check=missing: no such function \(declare func missing\(int\) error in this package\)`
var checked1 = 1

//trace:node trainable check=small // want `check=small is not a function`
var checked2 = 1

//trace:node trainable check=f11 // want `check=f11 has the wrong signature: func\(\)`
var checked3 = 1

//trace:node trainable // want `variable prompt does not hold just one file`
//go:embed bad*.go
var prompt string

//trace:node trainable
var computed = len(prompt) // want `neither a constant nor a composite literal`

const (
	zero = iota
	one  //trace:node trainable // want `constant one repeats the expression above it`
)

type s struct {
	twice  int //trace:node trainable // want `field twice is set at 2 places: bad.go:\d+:\d+, bad.go:\d+:\d+`
	never  int //trace:node trainable // want `field never is set nowhere`
	called int //trace:node trainable
	multi  int //trace:node trainable
	a, b   int //trace:node // want `names one thing, and this is field a, b`
}

func setters() {
	v := s{twice: 1, called: len(prompt)} // want `neither a constant`
	v.twice = 2
	v.multi, v.a = two() // want `field multi is trainable but set from a call`
}

func two() (int, int) { return 1, 2 }

type i interface {
	//trace:bundle trainable // want `interface method i.m has no body to train`
	m()
}

//trace:bundle // want `function init cannot be a bundle`
func init() {}

//trace:bundle trainable // want `function noBody has no body to train`
func noBody()

//trace:bundle
//trace:bundle // want `duplicate identity bad.f19`
func f19() {}

//trace:bundle
//trace:skip reason="a" // want `//trace:skip and //trace:bundle on one function`
func f20() {}

//trace:bundle name=1x // want `name=1x is not a Go identifier`
func f21() {}

func f22() {
	//trace:bundle // want `//trace:bundle does not fit a return statement`
	return
}

//trace:node // want `//trace:node does not fit a group of declarations`
var (
	g1 = 1
	g2 = 2
)

func f23(
	//trace:node // want `//trace:node does not fit a parameter`
	x int,
) {
}
