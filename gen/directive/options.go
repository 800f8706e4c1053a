package directive

import (
	"fmt"
	"strings"

	"github.com/opto-go/trace/internal/near"
)

// An option is one key that a directive knows.
type option struct {
	key       string
	value     bool // takes a value
	trainable bool // means something only together with trainable
	list      bool // the value is a list
}

var options = map[Kind][]option{
	Bundle: {
		{key: "trainable"},
		{key: "name", value: true},
		{key: "desc", value: true},
		{key: "constraint", value: true, trainable: true},
		{key: "expand"},
		{key: "nocatch"},
		{key: "allow", value: true, trainable: true, list: true},
	},
	Node: {
		{key: "trainable"},
		{key: "name", value: true},
		{key: "desc", value: true},
		{key: "constraint", value: true, trainable: true},
		{key: "min", value: true, trainable: true},
		{key: "max", value: true, trainable: true},
		{key: "step", value: true, trainable: true},
		{key: "choices", value: true, trainable: true, list: true},
		{key: "check", value: true, trainable: true},
	},
	Skip: {
		{key: "reason", value: true},
	},
}

var kinds = []Kind{Bundle, Node, Skip}

func (k Kind) known() bool { return options[k] != nil }

func (k Kind) String() string { return "//trace:" + string(k) }

// where says what a directive may stand on.
func (k Kind) where() string {
	switch k {
	case Bundle:
		return "a function, a method or an interface method"
	case Node:
		return "a package variable, a constant, a struct field or a local definition"
	default:
		return "a function or a statement"
	}
}

func (k Kind) option(key string) (option, bool) {
	for _, o := range options[k] {
		if o.key == key {
			return o, true
		}
	}
	return option{}, false
}

func (k Kind) keys() []string {
	keys := make([]string, len(options[k]))
	for i, o := range options[k] {
		keys[i] = o.key
	}
	return keys
}

// takes lists the options of a directive for a hint.
func (k Kind) takes() string {
	keys := make([]string, 0, len(options[k]))
	for _, o := range options[k] {
		key := o.key
		if o.value {
			key += "="
		}
		keys = append(keys, key)
	}
	return fmt.Sprintf("%s takes %s", k, strings.Join(keys, ", "))
}

// optionProblem says why an argument does not fit a directive, "" if it does.
func (k Kind) optionProblem(a Arg) (msg, hint string) {
	o, ok := k.option(a.Key)
	switch {
	case !ok:
		for _, other := range kinds {
			if _, ok := other.option(a.Key); ok {
				return fmt.Sprintf("option %s does not fit %s", a.Key, k), k.takes()
			}
		}
		hint = k.takes()
		if key := near.Word(a.Key, k.keys()); key != "" {
			hint = fmt.Sprintf("did you mean %s?", key)
		}
		return fmt.Sprintf("unknown option %s for %s", a.Key, k), hint
	case o.list && !a.HasValue:
		return fmt.Sprintf("option %s needs a value", o.key), fmt.Sprintf("write %s=\"a,b\"", o.key)
	case o.value && !a.HasValue:
		return fmt.Sprintf("option %s needs a value", o.key), fmt.Sprintf("write %s=word or %s=\"text\"", o.key, o.key)
	case !o.value && a.HasValue:
		return fmt.Sprintf("option %s takes no value", o.key), fmt.Sprintf("write %s alone, or leave it out", o.key)
	case o.value && strings.TrimSpace(a.Value) == "":
		return fmt.Sprintf("option %s has an empty value", o.key), ""
	}
	return "", ""
}

// meant returns the option that an unknown one is a typing error of, if that is
// clear: it is like it, and takes a value if a value is there.
func (k Kind) meant(a Arg) (key string, ok bool) {
	if _, known := k.option(a.Key); known {
		return "", false
	}
	o, ok := k.option(near.Word(a.Key, k.keys()))
	if !ok || o.value != a.HasValue || o.value && strings.TrimSpace(a.Value) == "" {
		return "", false
	}
	return o.key, true
}
