package trace

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"

	"github.com/opto-go/trace/runtime/internal/snapshot"
)

// An Option describes a parameter or limits its values. Desc and Constraint
// are advice to whoever proposes values; Min, Max, Step, Choices and Check are
// enforced by Param and With.
type Option struct {
	apply func(*settings)
}

// Desc says what a value means.
func Desc(text string) Option {
	return Option{func(s *settings) { s.info.Desc = text }}
}

// Constraint says in words what a value must keep to.
func Constraint(text string) Option {
	return Option{func(s *settings) { s.info.Constraint = text }}
}

// Min is the least value of a numeric parameter.
func Min[N Real](least N) Option {
	return Option{func(s *settings) { s.min = s.number("min", least, &s.info.Min) }}
}

// Max is the greatest value of a numeric parameter.
func Max[N Real](greatest N) Option {
	return Option{func(s *settings) { s.max = s.number("max", greatest, &s.info.Max) }}
}

// Step is the distance between neighbouring values of a numeric parameter,
// counted from Min, or from zero.
func Step[N Real](distance N) Option {
	return Option{func(s *settings) { s.step = s.number("step", distance, &s.info.Step) }}
}

// Choices are the only values of a parameter.
func Choices[V any](values ...V) Option {
	return Option{func(s *settings) {
		if len(values) == 0 {
			s.problem("choices are empty")
		}
		for _, v := range values {
			s.choices = append(s.choices, reflect.ValueOf(&v).Elem())
			s.info.Choices = append(s.info.Choices, snapshot.Deep(v, snapshot.Limits{}))
		}
	}}
}

// Check is a function that says why a value is not allowed. T must be the type
// of the parameter.
func Check[T any](check func(T) error) Option {
	return Option{func(s *settings) {
		s.info.Check = "func(" + snapshot.TypeString(reflect.TypeOf((*T)(nil)).Elem()) + ") error"
		v, ok := s.value.Interface().(T)
		switch {
		case check == nil:
			s.problem("check is nil")
		case !ok:
			s.problem("check takes a %s, not a %s", snapshot.TypeString(reflect.TypeOf((*T)(nil)).Elem()), s.info.Type)
		default:
			if err := check(v); err != nil {
				s.problem("check of %s: %w", s.shown(), err)
			}
		}
	}}
}

// settings are the options of one parameter and its value.
type settings struct {
	info     ParamInfo
	opts     []Option
	value    reflect.Value
	min      reflect.Value // invalid if not given
	max      reflect.Value
	step     reflect.Value
	choices  []reflect.Value
	problems problems
}

func newSettings[T any](name string, v T, opts []Option) *settings {
	s := &settings{opts: opts, value: reflect.ValueOf(&v).Elem()}
	s.info.ID = name
	s.info.Type = snapshot.TypeString(s.value.Type())
	if name == "" {
		s.problem("it has no name")
	}
	for _, o := range opts {
		if o.apply != nil {
			o.apply(s)
		}
	}
	s.verify()
	return s
}

func (s *settings) problem(format string, args ...any) {
	s.problems = append(s.problems, fmt.Errorf("parameter "+quoteName(s.info.ID)+": "+format, args...))
}

func quoteName(id string) string { return strings.ReplaceAll(oneLine(id), "%", "%%") }

func (s *settings) shown() string {
	return snapshot.Deep(s.value.Interface(), snapshot.Limits{})
}

// number takes the operand of a numeric option.
func (s *settings) number(option string, n any, text *string) reflect.Value {
	v := reflect.ValueOf(n)
	*text = snapshot.Deep(n, snapshot.Limits{})
	if !isReal(s.value) {
		s.problem("%s needs a number, not a %s", option, s.info.Type)
		return reflect.Value{}
	}
	if f := toFloat(v); math.IsNaN(f) || math.IsInf(f, 0) {
		s.problem("%s is %s", option, *text)
		return reflect.Value{}
	}
	return v
}

// verify holds the value against the limits.
func (s *settings) verify() {
	if s.min.IsValid() && s.max.IsValid() && compareReal(s.min, s.max) > 0 {
		s.problem("min %s is greater than max %s", s.info.Min, s.info.Max)
		return
	}
	if limited := s.min.IsValid() || s.max.IsValid() || s.step.IsValid(); limited && math.IsNaN(toFloat(s.value)) {
		s.problem("value is not a number")
		return
	}
	if s.min.IsValid() && compareReal(s.value, s.min) < 0 {
		s.problem("value %s is less than min %s", s.shown(), s.info.Min)
	}
	if s.max.IsValid() && compareReal(s.value, s.max) > 0 {
		s.problem("value %s is greater than max %s", s.shown(), s.info.Max)
	}
	if s.step.IsValid() {
		s.verifyStep()
	}
	if len(s.choices) > 0 {
		for _, c := range s.choices {
			if same(s.value, c) {
				return
			}
		}
		s.problem("value %s is none of the choices %s", s.shown(), strings.Join(s.info.Choices, ", "))
	}
}

func (s *settings) verifyStep() {
	step, from := toFloat(s.step), 0.0
	if s.min.IsValid() {
		from = toFloat(s.min)
	}
	if step <= 0 {
		s.problem("step %s is not greater than zero", s.info.Step)
		return
	}
	// Relative to the number of steps: 0.1 has no exact binary form.
	q := (toFloat(s.value) - from) / step
	if math.Abs(q-math.Round(q)) > 1e-9*math.Max(1, math.Abs(q)) {
		s.problem("value %s is not a whole number of steps of %s from %v", s.shown(), s.info.Step, from)
	}
}

func isReal(v reflect.Value) bool {
	return v.CanInt() || v.CanUint() || v.CanFloat()
}

func toFloat(v reflect.Value) float64 {
	switch {
	case v.CanInt():
		return float64(v.Int())
	case v.CanUint():
		return float64(v.Uint())
	}
	return v.Float()
}

// compareReal compares numbers of any type; integers exactly.
func compareReal(a, b reflect.Value) int {
	order := func(less, greater bool) int {
		switch {
		case less:
			return -1
		case greater:
			return 1
		}
		return 0
	}
	switch {
	case a.CanInt() && b.CanInt():
		return order(a.Int() < b.Int(), a.Int() > b.Int())
	case a.CanUint() && b.CanUint():
		return order(a.Uint() < b.Uint(), a.Uint() > b.Uint())
	case a.CanInt() && b.CanUint():
		if a.Int() < 0 {
			return -1
		}
		return order(uint64(a.Int()) < b.Uint(), uint64(a.Int()) > b.Uint())
	case a.CanUint() && b.CanInt():
		return -compareReal(b, a)
	}
	x, y := toFloat(a), toFloat(b)
	return order(x < y, x > y)
}

// same reports whether a choice is the value: constants of another numeric or
// string type count as what they would be converted to.
func same(v, choice reflect.Value) bool {
	switch {
	case isReal(v) && isReal(choice):
		return compareReal(v, choice) == 0
	case v.Kind() == reflect.String && choice.Kind() == reflect.String:
		return v.String() == choice.String()
	}
	return reflect.DeepEqual(v.Interface(), choice.Interface())
}

var errNoParam = errors.New("only a parameter can be given another value")

// problems is what is wrong, in order.
type problems []error

func (p problems) err() error {
	switch len(p) {
	case 0:
		return nil
	case 1:
		return p[0]
	}
	return p
}

func (p problems) Error() string {
	texts := make([]string, len(p))
	for i, err := range p {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "\n")
}

// Is and As look at each problem.
func (p problems) Is(target error) bool {
	for _, err := range p {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

func (p problems) As(target any) bool {
	for _, err := range p {
		if errors.As(err, target) {
			return true
		}
	}
	return false
}
