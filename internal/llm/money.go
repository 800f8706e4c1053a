package llm

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// Money is an amount in billionths of a US dollar. Sums of it are exact, which
// those of a float are not.
type Money int64

const dollar Money = 1e9

// maxMoney is the largest amount that is read, so that sums cannot overflow.
const maxMoney = 1_000_000 * dollar

// ParseMoney reads a decimal number of dollars such as 2.50.
func ParseMoney(s string) (Money, error) {
	whole, fraction, point := strings.Cut(s, ".")
	if point && fraction == "" || len(fraction) > 9 || !digits(whole) || !digits(fraction) || whole+fraction == "" {
		return 0, fmt.Errorf("%q is no amount in dollars: want a number such as 2.50, with at most nine decimals", s)
	}
	n, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", 9-len(fraction)), 10, 64)
	if err != nil || Money(n) > maxMoney {
		return 0, fmt.Errorf("%q is more than a million dollars", s)
	}
	return Money(n), nil
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// String writes an amount for people: cents, and as many decimals more as a
// small amount needs, rounded up.
func (m Money) String() string {
	unit := dollar / 100
	for decimals := 2; ; decimals++ {
		if unit == 1 || m >= 100*unit || m%unit == 0 {
			up := (m + unit - 1) / unit
			return fmt.Sprintf("$%.*f", decimals, float64(up)*float64(unit)/float64(dollar))
		}
		unit /= 10
	}
}

// MarshalText writes the exact number of dollars.
func (m Money) MarshalText() ([]byte, error) {
	s := fmt.Sprintf("%d.%09d", m/dollar, m%dollar)
	return []byte(strings.TrimSuffix(strings.TrimRight(s, "0"), ".")), nil
}

// UnmarshalText reads what MarshalText wrote.
func (m *Money) UnmarshalText(text []byte) (err error) {
	*m, err = ParseMoney(string(text))
	return err
}

// plus adds without overflow.
func (m Money) plus(n Money) Money {
	if m > math.MaxInt64-n {
		return math.MaxInt64
	}
	return m + n
}

// Price is what a model costs, for a million tokens each.
type Price struct {
	Prompt, Answer Money
}

const million = 1_000_000

// Cost is what a call costs at most: rounded up, and without the discount that
// some providers give for a prompt they have seen before.
func (p Price) Cost(prompt, answer int) Money {
	return part(p.Prompt, prompt).plus(part(p.Answer, answer))
}

func part(price Money, tokens int) Money {
	hi, lo := bits.Mul64(uint64(price), uint64(max(tokens, 0)))
	lo, carry := bits.Add64(lo, million-1, 0)
	hi += carry
	if hi >= million {
		return math.MaxInt64
	}
	cost, _ := bits.Div64(hi, lo, million)
	if cost > math.MaxInt64 {
		return math.MaxInt64
	}
	return Money(cost)
}

// answersFor is how many tokens of an answer m pays for.
func (p Price) answersFor(m Money) int {
	if m <= 0 {
		return 0
	}
	if p.Answer <= 0 {
		return math.MaxInt
	}
	hi, lo := bits.Mul64(uint64(m), million)
	if hi >= uint64(p.Answer) {
		return math.MaxInt
	}
	n, _ := bits.Div64(hi, lo, uint64(p.Answer))
	return int(min(n, math.MaxInt))
}
