package directive

import (
	"errors"
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"math/big"
	"strconv"
)

// Limits are the enforced limits of a value as a directive writes them.
// Empty fields limit nothing.
type Limits struct {
	Min, Max, Step string
	Choices        []string
}

// A Constraint is the parsed form of the limits of one type.
type Constraint struct {
	Type types.Type

	// Nil if there is none. A floating-point limit is exactly as written,
	// not rounded to the type; a duration counts nanoseconds. Rat gives the
	// number.
	Min, Max, Step constant.Value

	Choices []constant.Value
}

// An OptionError is a limit that makes no sense.
type OptionError struct {
	Option string // min, max, step or choices
	Msg    string
	Hint   string
}

func (e *OptionError) Error() string { return e.Msg }

// NewConstraint parses limits for values of a type. The error joins an
// *OptionError for each one that is broken; the constraint holds the others.
func NewConstraint(t types.Type, l Limits) (*Constraint, error) {
	c, list := newConstraint(t, l)
	errs := make([]error, len(list))
	for i, e := range list {
		errs[i] = e
	}
	return c, errors.Join(errs...)
}

func newConstraint(t types.Type, l Limits) (*Constraint, []*OptionError) {
	c := &Constraint{Type: t}
	var errs []*OptionError
	fail := func(option, hint, format string, args ...any) {
		errs = append(errs, &OptionError{option, fmt.Sprintf(format, args...), hint})
	}
	number := func(option, text string) constant.Value {
		if text == "" {
			return nil
		}
		if !IsNumber(t) {
			fail(option, "only numbers and time.Duration have min, max and step", "option %s does not fit a value of type %s", option, t)
			return nil
		}
		v, err := ParseValue(t, text)
		if err != nil {
			fail(option, "", "option %s: %v", option, err)
		}
		return v
	}
	c.Min, c.Max, c.Step = number("min", l.Min), number("max", l.Max), number("step", l.Step)
	if c.Min != nil && c.Max != nil && constant.Compare(c.Min, token.GTR, c.Max) {
		fail("max", "", "min=%s is greater than max=%s", l.Min, l.Max)
	}
	if c.Step != nil && constant.Sign(c.Step) <= 0 {
		fail("step", "", "step=%s is not positive", l.Step)
		c.Step = nil
	}
	for _, text := range l.Choices {
		if classOf(t) == classOther {
			fail("choices", "only values of basic types have choices", "option choices does not fit a value of type %s", t)
			break
		}
		v, err := ParseValue(t, text)
		if err != nil {
			fail("choices", "", "option choices: %v", err)
			continue
		}
		within := Constraint{Type: t, Min: c.Min, Max: c.Max, Step: c.Step}
		if err := within.Check(v); err != nil {
			fail("choices", "", "option choices: %v", err)
			continue
		}
		c.Choices = append(c.Choices, v)
	}
	return c, errs
}

// Empty reports whether nothing but the type limits a value.
func (c *Constraint) Empty() bool {
	return c.Min == nil && c.Max == nil && c.Step == nil && len(c.Choices) == 0
}

// Base is where the grid of Step begins: Min, else zero.
func (c *Constraint) Base() *big.Rat {
	if r := Rat(c.Min); r != nil {
		return r
	}
	return new(big.Rat)
}

// Check says why a value is not allowed. Floating-point values count as equal
// when they are equal in the type: 0.3 is on the grid of 0.1.
func (c *Constraint) Check(v constant.Value) error {
	if classOf(c.Type) == classOther {
		return nil // composite values have no limits
	}
	v, err := convert(c.Type, v)
	if err != nil {
		return err
	}
	show := func(v constant.Value) string {
		if classOf(c.Type) == classString {
			return strconv.Quote(FormatValue(c.Type, v))
		}
		return FormatValue(c.Type, v)
	}
	if c.Min != nil && c.compare(v, token.LSS, c.Min) {
		return fmt.Errorf("%s is less than min=%s", show(v), show(c.Min))
	}
	if c.Max != nil && c.compare(v, token.GTR, c.Max) {
		return fmt.Errorf("%s is greater than max=%s", show(v), show(c.Max))
	}
	if c.Step != nil && !c.onGrid(v) {
		base := ""
		if c.Min != nil {
			base = " from min=" + show(c.Min)
		}
		return fmt.Errorf("%s is not on the grid of step=%s%s", show(v), show(c.Step), base)
	}
	if len(c.Choices) == 0 {
		return nil
	}
	list := ""
	for i, choice := range c.Choices {
		if c.compare(v, token.EQL, choice) {
			return nil
		}
		if i > 0 {
			list += ", "
		}
		list += show(choice)
	}
	return fmt.Errorf("%s is not one of the choices %s", show(v), list)
}

// compare compares two values as variables of the type hold them.
func (c *Constraint) compare(a constant.Value, op token.Token, b constant.Value) bool {
	if classOf(c.Type) == classFloat {
		return constant.Compare(constant.MakeFloat64(round(c.Type, a)), op, constant.MakeFloat64(round(c.Type, b)))
	}
	return constant.Compare(a, op, b)
}

func (c *Constraint) onGrid(v constant.Value) bool {
	value, step, base := Rat(v), Rat(c.Step), c.Base()
	if value == nil || step == nil || step.Sign() <= 0 {
		return false
	}
	// The nearest grid point: floor((value-base)/step + 1/2).
	q := new(big.Rat).Sub(value, base)
	q.Quo(q, step).Add(q, big.NewRat(1, 2))
	k := new(big.Int).Div(q.Num(), q.Denom()) // Euclidean: floor for a positive divisor
	point := new(big.Rat).SetInt(k)
	point.Mul(point, step).Add(point, base)
	if classOf(c.Type) != classFloat {
		return point.Cmp(value) == 0
	}
	return round(c.Type, constant.Make(point)) == round(c.Type, v)
}

// limits returns the limits as written.
func (t *Target) limits() Limits {
	return Limits{Min: t.Min, Max: t.Max, Step: t.Step, Choices: t.Choices}
}

// typ is the type of a node, nil if it is not known.
func (t *Target) typ() types.Type {
	if t.Obj == nil || !known(t.Obj.Type()) {
		return nil
	}
	return t.Obj.Type()
}

// Limits returns the parsed min, max, step and choices of a node. The error
// is the same that Collect reported.
func (t *Target) Limits() (*Constraint, error) {
	typ := t.typ()
	if typ == nil {
		return nil, fmt.Errorf("the type of %s is not known", t.ID)
	}
	return NewConstraint(typ, t.limits())
}

// CheckValue says why a constant may not become the value of a trainable
// node: its type cannot hold it, or it breaks min, max, step or choices. The
// check function is not called; that takes a program.
func (t *Target) CheckValue(v constant.Value) error {
	c, err := t.Limits()
	if err != nil {
		return err
	}
	return c.Check(v)
}
