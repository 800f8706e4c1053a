package fix

//trace:bundel trainable // want `unknown directive //trace:bundel`
func f1() {}

//trace:bundle Trainable constraints="short" // want `unknown option Trainable` `unknown option constraints`
func f2() {}

// trace:bundle trainable // want `is an ordinary comment`
func f3() {}

// f4 is a function.
//
//trace: bundle // want `is an ordinary comment`
func f4() {}

func f5() {
	// Trace:Node trainable // want `is an ordinary comment`
	x := 1
	_ = x
}

/*trace:bundle*/ // want `is an ordinary comment`
func f6()        {}

//trace:bundle trainable // want `is detached from its declaration`

func f7() {}

//trace:bundle trainable // want `is detached from its declaration`

// Functions:

// f8 is a function.
func f8() {}

// f8b has its comment with it.
//
//trace:bundle trainable // want `is detached from its declaration`

func f8b() {}

func f9() {
	//trace:node trainable // want `is detached from its declaration`

	x := 1
	_ = x
}

// f10 is a function.
//
//trace:bundle trainable desc="it adds"
//trace:bundle trainable desc="it adds" // want `duplicate identity`
func f10() {}

//trace:bundle trainable
//trace:bundle // want `duplicate identity`
func f11() {}

func f12() {
	//trace:skip reason="slow"
	f10() //trace:skip reason="slow" // want `second //trace:skip on one thing`
}

//trace:bundle trainable trainable desc="a" desc="b" // want `duplicate option trainable` `duplicate option desc`
func f13() {}

//trace:bundle trainable=true // want `option trainable takes no value`
func f14() {}

//trace:bundle trainable=false // want `option trainable takes no value`
func f15() {}

//trace:bundle trainable allow=strings,go // want `expected a word as value of allow`
func f16() {}

//trace:bundle trainable desc = "x" // want `option desc needs a value` `found "="` `expected an option, found "\\"x\\""`
func f17() {}

//trace:bundle trainable constraint=keep it short nocatch // want `unknown option it` `unknown option short`
func f18() {}

//trace:skip reason=too slow // want `unknown option slow`
func f19() {}

//trace:skip // want `needs a reason`
func f20() {}

//trace:node trainable min=0
var x = -1 // want `the initial value breaks its constraint`

//trace:bundle desc=it's // want `expected a word as value of desc`
func f21() {}

var _ = 1 // a comment

//trace:node trainable // want `is detached from its declaration`

// A group.
var (
	y = 1
)
