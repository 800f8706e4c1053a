package directive_test

import (
	"go/constant"
	"go/token"
	"go/types"
	"math/big"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/opto-go/trace/gen/directive"
)

var duration = types.NewNamed(
	types.NewTypeName(token.NoPos, types.NewPackage("time", "time"), "Duration", nil), types.Typ[types.Int64], nil)

func TestConstraintCheck(t *testing.T) {
	L := func(min, max, step string, choices ...string) directive.Limits {
		return directive.Limits{Min: min, Max: max, Step: step, Choices: choices}
	}
	tests := []struct {
		name  string
		typ   types.Type
		lim   directive.Limits
		value string // as ParseValue reads it
		want  string // error
	}{
		{"free", types.Typ[types.Int], L("", "", ""), "3", ""},
		{"min", types.Typ[types.Int], L("1", "", ""), "0", "0 is less than min=1"},
		{"max", types.Typ[types.Int], L("", "0x10", ""), "17", "17 is greater than max=16"},
		{"negative", types.Typ[types.Int], L("-3", "-1", ""), "-2", ""},
		{"step", types.Typ[types.Int], L("", "", "5"), "12", "12 is not on the grid of step=5"},
		{"step from min", types.Typ[types.Int], L("2", "", "5"), "12", ""},
		{"step below zero", types.Typ[types.Int], L("", "", "5"), "-10", ""},
		{"tenths", types.Typ[types.Float64], L("", "", "0.1"), "0.3", ""},
		{"tenths float32", types.Typ[types.Float32], L("0.1", "0.7", "0.1"), "0.7", ""},
		{"off", types.Typ[types.Float64], L("", "", "0.1"), "0.35", "0.35 is not on the grid of step=0.1"},
		{"float edge", types.Typ[types.Float64], L("0.1", "0.1", ""), "0.1", ""},
		{"untyped float", types.Typ[types.UntypedFloat], L("0", "1", ""), "2", "2 is greater than max=1"},
		{"duration", duration, L("1s", "1.5s", ""), "1m", "1m0s is greater than max=1.5s"},
		{"duration step", duration, L("", "", "250ms"), "1.75s", ""},
		{"choice", types.Typ[types.String], L("", "", "", "a", "b"), "c", `"c" is not one of the choices "a", "b"`},
		{"choice of floats", types.Typ[types.Float64], L("", "", "", "0.10", "2"), "0.1", ""},
		{"choice of bools", types.Typ[types.Bool], L("", "", "", "true"), "false", "false is not one of the choices true"},
		{"choice of complex", types.Typ[types.Complex128], L("", "", "", "1+2i"), "1+2i", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := directive.NewConstraint(tt.typ, tt.lim)
			if err != nil {
				t.Fatal(err)
			}
			v, err := directive.ParseValue(tt.typ, tt.value)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if err := c.Check(v); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("Check(%s) = %q, want %q", tt.value, got, tt.want)
			}
		})
	}
}

func TestConstraintWrongValue(t *testing.T) {
	tests := []struct {
		typ   types.Type
		value constant.Value
		want  string
	}{
		{types.Typ[types.Int], constant.MakeString("a"), `"a" is not an integer`},
		{types.Typ[types.Int], constant.MakeFloat64(1.5), "1.5 is not an integer"},
		{types.Typ[types.Int8], constant.MakeInt64(128), "128 does not fit int8"},
		{types.Typ[types.Int8], constant.MakeInt64(-128), ""},
		{types.Typ[types.Uint8], constant.MakeInt64(-1), "-1 does not fit uint8"},
		{types.Typ[types.Uint64], constant.MakeUint64(1<<64 - 1), ""},
		{types.Typ[types.Float32], constant.MakeFloat64(1e39), "1e+39 does not fit float32"},
		{types.Typ[types.Float64], constant.MakeBool(true), "true is not a real number"},
		{types.Typ[types.String], constant.MakeInt64(1), "1 is not a string"},
		{types.Typ[types.Int], nil, "the value is not known"},
		{types.NewSlice(types.Typ[types.Int]), nil, ""},
	}
	for _, tt := range tests {
		c, err := directive.NewConstraint(tt.typ, directive.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := c.Check(tt.value); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("Check(%v) for %s = %q, want %q", tt.value, tt.typ, got, tt.want)
		}
	}
}

func TestParseValueErrors(t *testing.T) {
	tests := []struct {
		typ  types.Type
		text string
		want string
	}{
		{types.Typ[types.Int], "", `"" is not a number`},
		{types.Typ[types.Int], "--1", `"--1" is not a number`},
		{types.Typ[types.Int], "1.5", "1.5 is not an integer"},
		{types.Typ[types.Float64], "NaN", `"NaN" is not a number`},
		{types.Typ[types.Float64], "Inf", `"Inf" is not a number`},
		{types.Typ[types.Float64], "1e400", "1e+400 does not fit float64"},
		{types.Typ[types.Float64], "1e-400", "1e-400 does not fit float64"},
		{types.Typ[types.Bool], "yes", `"yes" is neither true nor false`},
		{duration, "5", `"5" is not a duration; write it like 1.5s`},
		{types.NewSlice(types.Typ[types.Int]), "1", "values of type []int cannot be written in a directive"},
	}
	for _, tt := range tests {
		_, err := directive.ParseValue(tt.typ, tt.text)
		if err == nil || err.Error() != tt.want {
			t.Errorf("ParseValue(%s, %q) = %v, want %q", tt.typ, tt.text, err, tt.want)
		}
	}
}

func TestTargetCheckValue(t *testing.T) {
	p := load(t, "package p\n\n//trace:node trainable min=1 max=5\nvar a = 3\n\n//trace:node trainable min=x\nvar b = 3\n\n//trace:node trainable\nvar c missing = 3\n")
	targets, _ := directive.Collect(p)
	if len(targets) != 3 {
		t.Fatalf("%d targets", len(targets))
	}
	for i, want := range []string{
		"9 is greater than max=5",
		`option min: "x" is not a number`,
		"the type of example.com/p.c is not known",
	} {
		if err := targets[i].CheckValue(constant.MakeInt64(9)); err == nil || err.Error() != want {
			t.Errorf("CheckValue of %s: %v, want %q", targets[i].ID, err, want)
		}
	}
	if err := targets[0].CheckValue(constant.MakeInt64(5)); err != nil {
		t.Error(err)
	}
	c, err := targets[0].Limits()
	if err != nil || c.Empty() || directive.Rat(c.Max).Cmp(big.NewRat(5, 1)) != 0 {
		t.Errorf("Limits: %+v, %v", c, err)
	}
}

func TestRat(t *testing.T) {
	big1 := constant.Shift(constant.MakeInt64(1), token.SHL, 100)
	tests := []struct {
		v    constant.Value
		want string
	}{
		{nil, ""},
		{constant.MakeString("a"), ""},
		{constant.MakeInt64(-3), "-3"},
		{big1, "1267650600228229401496703205376"},
		{constant.MakeFromLiteral("0.1", token.FLOAT, 0), "1/10"},
		{constant.MakeFromLiteral("1e999999", token.FLOAT, 0), ""},
	}
	for _, tt := range tests {
		got := ""
		if r := directive.Rat(tt.v); r != nil {
			got = r.RatString()
		}
		if got != tt.want {
			t.Errorf("Rat(%v) = %s, want %s", tt.v, got, tt.want)
		}
	}
}

// Every point of a decimal grid is on it, as a rounded float64 too.
func TestGrid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		min := strconv.FormatFloat(rapid.Float64Range(-1e6, 1e6).Draw(t, "min"), 'f', 3, 64)
		step := strconv.Itoa(rapid.IntRange(1, 999).Draw(t, "step")) + "e-3"
		c, err := directive.NewConstraint(types.Typ[types.Float64], directive.Limits{Min: min, Step: step})
		if err != nil {
			t.Fatal(err)
		}
		point := new(big.Rat).SetInt64(rapid.Int64Range(0, 1e6).Draw(t, "k"))
		point.Mul(point, directive.Rat(c.Step)).Add(point, c.Base())
		f, _ := point.Float64()
		if err := c.Check(constant.MakeFloat64(f)); err != nil {
			t.Fatal(err)
		}
		back, err := directive.ParseValue(c.Type, directive.FormatValue(c.Type, constant.MakeFloat64(f)))
		if err != nil || c.Check(back) != nil {
			t.Fatalf("%v is not read back: %v", f, err)
		}
	})
}

func FuzzParseValue(f *testing.F) {
	f.Add("1.5")
	f.Add("-0x1p-2")
	f.Add("1e999999999")
	f.Add("1h2m")
	f.Fuzz(func(t *testing.T, text string) {
		for _, typ := range []types.Type{types.Typ[types.Int8], types.Typ[types.Uint], types.Typ[types.Float32],
			types.Typ[types.Float64], types.Typ[types.Complex128], types.Typ[types.UntypedFloat], duration} {
			v, err := directive.ParseValue(typ, text)
			if err != nil {
				continue
			}
			c, _ := directive.NewConstraint(typ, directive.Limits{Step: "0.3", Min: text})
			c.Check(v)
			directive.FormatValue(typ, v)
		}
	})
}
