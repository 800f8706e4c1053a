package llm

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Budget limits a run. Zero values mean no limit.
type Budget struct {
	Cost   Money
	Tokens int
	Calls  int
	Evals  int // candidates evaluated; what calls a model does not look at it
}

// maxCount keeps sums of counts far from an overflow.
const maxCount = 1 << 50

var budgetPart = regexp.MustCompile(`^([0-9.]+)([a-z]+)$`)

// ParseBudget reads limits with commas between them, such as
// "2.50usd,200000tok,40calls,500evals".
func ParseBudget(s string) (Budget, error) {
	var b Budget
	given := map[string]bool{}
	for _, part := range strings.Split(s, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		m := budgetPart.FindStringSubmatch(part)
		if m == nil {
			return b, fmt.Errorf("%q is no budget: want for example 2.50usd, 200000tok, 40calls or 500evals", part)
		}
		unit := m[2]
		count := func(limit *int) error {
			n, err := strconv.Atoi(m[1])
			if err != nil || n <= 0 || n > maxCount {
				return fmt.Errorf("%q: want a whole number above zero", part)
			}
			*limit = n
			return nil
		}
		var err error
		switch unit {
		case "usd":
			if b.Cost, err = ParseMoney(m[1]); err == nil && b.Cost == 0 {
				err = fmt.Errorf("%q: want an amount above zero", part)
			}
		case "tok", "token", "tokens":
			unit, err = "tok", count(&b.Tokens)
		case "call", "calls":
			unit, err = "calls", count(&b.Calls)
		case "eval", "evals":
			unit, err = "evals", count(&b.Evals)
		default:
			err = fmt.Errorf("%q: unknown unit %q, want usd, tok, calls or evals", part, unit)
		}
		if err == nil && given[unit] {
			err = fmt.Errorf("%q: there is a limit in %s already", part, unit)
		}
		if err != nil {
			return b, err
		}
		given[unit] = true
	}
	return b, nil
}

// String writes a budget as ParseBudget reads it.
func (b Budget) String() string {
	var parts []string
	if b.Cost > 0 {
		text, _ := b.Cost.MarshalText()
		parts = append(parts, string(text)+"usd")
	}
	for _, p := range []struct {
		n    int
		unit string
	}{{b.Tokens, "tok"}, {b.Calls, "calls"}, {b.Evals, "evals"}} {
		if p.n > 0 {
			parts = append(parts, strconv.Itoa(p.n)+p.unit)
		}
	}
	return strings.Join(parts, ",")
}

// bounded reports whether the size of answers matters.
func (b Budget) bounded() bool { return b.Cost > 0 || b.Tokens > 0 }

// ErrBudget is what the errors of a budget that is spent wrap.
var ErrBudget = errors.New("the budget is spent")

// A BudgetError says why a call was not made.
type BudgetError struct {
	Why string
	// Billed says that a server billed more than it was allowed to; the run
	// must not go on.
	Billed bool
}

func (e *BudgetError) Error() string { return e.Reason() + ": " + e.Why }
func (e *BudgetError) Unwrap() error { return ErrBudget }

// Reason is the error without its details.
func (e *BudgetError) Reason() string {
	if e.Billed {
		return "the server bills more than it may"
	}
	return ErrBudget.Error()
}
