package llm

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParseBudget(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want Budget
		err  string
	}{
		{"40calls", Budget{Calls: 40}, ""},
		{"2.50usd, 200000tok,40calls,500evals", Budget{Cost: 2_500_000_000, Calls: 40, Tokens: 200000, Evals: 500}, ""},
		{"1call,1token,1eval,.5usd", Budget{Cost: 500_000_000, Calls: 1, Tokens: 1, Evals: 1}, ""},
		{"", Budget{}, ""},
		{"0calls", Budget{}, "above zero"},
		{"0.00usd", Budget{}, "an amount above zero"},
		{"1.usd", Budget{}, "no amount in dollars"},
		{"1.0000000001usd", Budget{}, "at most nine decimals"},
		{"1.2.3usd", Budget{}, "no amount in dollars"},
		{"2000000usd", Budget{}, "more than a million dollars"},
		{"2.5calls", Budget{}, "whole number"},
		{"99999999999999999999tok", Budget{}, "whole number"},
		{"calls", Budget{}, "is no budget"},
		{"-4calls", Budget{}, "is no budget"},
		{"4cells", Budget{}, `unknown unit "cells", want usd, tok, calls or evals`},
		{"4calls,5call", Budget{}, "there is a limit in calls already"},
	} {
		got, err := ParseBudget(tt.in)
		if tt.err == "" && (err != nil || got != tt.want) {
			t.Errorf("ParseBudget(%q) = %+v, %v", tt.in, got, err)
		}
		if tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("ParseBudget(%q): got error %v, want %q", tt.in, err, tt.err)
		}
	}
}

func TestBudgetString(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Budget{
			Cost:   Money(rapid.Int64Range(0, int64(maxMoney)).Draw(t, "cost")),
			Tokens: rapid.IntRange(0, maxCount).Draw(t, "tokens"),
			Calls:  rapid.IntRange(0, 100).Draw(t, "calls"),
			Evals:  rapid.IntRange(0, 100).Draw(t, "evals"),
		}
		got, err := ParseBudget(b.String())
		if err != nil || got != b {
			t.Errorf("%s: got %+v, %v, want %+v", b, got, err, b)
		}
	})
}

func TestMoneyString(t *testing.T) {
	for _, tt := range []struct {
		m    Money
		want string
	}{
		{0, "$0.00"},
		{dollar, "$1.00"},
		{2*dollar + 1, "$2.01"}, // rounded up
		{dollar / 100 * 5, "$0.05"},
		{123_456, "$0.000124"},
		{1, "$0.000000001"},
	} {
		if got := tt.m.String(); got != tt.want {
			t.Errorf("%d: got %s, want %s", int64(tt.m), got, tt.want)
		}
	}
}

func TestCost(t *testing.T) {
	p := Price{Prompt: 2_500_000_000, Answer: 10 * dollar}
	if d := cmp.Diff(Money(2_500_000_000+20*dollar), p.Cost(1_000_000, 2_000_000)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := (Price{Prompt: 1}).Cost(1, 0); got != 1 {
		t.Errorf("the cost of a token is rounded down: %d", got)
	}
	if got := (Price{Prompt: maxMoney}).Cost(1<<62, 1<<62); got <= 0 {
		t.Errorf("overflow: %d", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		p := Price{Prompt: Money(rapid.Int64Range(0, int64(100*dollar)).Draw(t, "prompt")), Answer: Money(rapid.Int64Range(1, int64(100*dollar)).Draw(t, "answer"))}
		left := Money(rapid.Int64Range(0, int64(dollar)).Draw(t, "left"))
		n := p.answersFor(left)
		if got := p.Cost(0, n); got > left {
			t.Errorf("%d tokens cost %d of %d", n, got, left)
		}
		if got := p.Cost(0, n+1); got <= left {
			t.Errorf("%d would pay for %d tokens", left, n+1)
		}
	})
}
