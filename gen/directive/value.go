package directive

import (
	"errors"
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// A class is a set of types whose values are written and limited alike.
type class int

const (
	classOther class = iota
	classBool
	classString
	classInteger
	classFloat
	classComplex
	classDuration
)

func classOf(t types.Type) class {
	if t == nil {
		return classOther
	}
	if named, ok := types.Unalias(t).(*types.Named); ok {
		if o := named.Obj(); o.Name() == "Duration" && o.Pkg() != nil && o.Pkg().Path() == "time" {
			return classDuration
		}
	}
	b, ok := t.Underlying().(*types.Basic)
	if !ok {
		return classOther
	}
	switch info := b.Info(); {
	case info&types.IsBoolean != 0:
		return classBool
	case info&types.IsString != 0:
		return classString
	case info&types.IsInteger != 0:
		return classInteger
	case info&types.IsFloat != 0:
		return classFloat
	case info&types.IsComplex != 0:
		return classComplex
	}
	return classOther
}

// IsNumber reports whether values of a type can have min, max and step: real
// numbers and time.Duration.
func IsNumber(t types.Type) bool {
	c := classOf(t)
	return c == classInteger || c == classFloat || c == classDuration
}

// maxNumber bounds a number as written in a directive.
const maxNumber = 128

// ParseValue reads a value of a basic type as directives write it: numbers as
// in Go, with a sign if need be; durations like 1.5s; strings as they are,
// without quotes; true and false.
//
// Floating-point values are kept as written, not rounded to the type, so that
// a step of 0.1 is exactly a tenth. [Constraint.Check] rounds.
func ParseValue(t types.Type, text string) (constant.Value, error) {
	switch c := classOf(t); c {
	case classString:
		return constant.MakeString(text), nil
	case classBool:
		if text != "true" && text != "false" {
			return nil, fmt.Errorf("%q is neither true nor false", text)
		}
		return constant.MakeBool(text == "true"), nil
	case classDuration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return nil, fmt.Errorf("%q is not a duration; write it like 1.5s", text)
		}
		return constant.MakeInt64(int64(d)), nil
	case classComplex:
		z, err := strconv.ParseComplex(text, 128)
		re, im := constant.MakeFloat64(real(z)), constant.MakeFloat64(imag(z))
		if err != nil || re.Kind() == constant.Unknown || im.Kind() == constant.Unknown {
			return nil, fmt.Errorf("%q is not a complex number", text)
		}
		return constant.BinaryOp(re, token.ADD, constant.MakeImag(im)), nil
	case classInteger, classFloat:
		v := parseNumber(text)
		if v == nil {
			return nil, fmt.Errorf("%q is not a number", text)
		}
		return convert(t, v)
	}
	return nil, fmt.Errorf("values of type %s cannot be written in a directive", t)
}

// parseNumber reads a Go number with an optional sign, nil if it is none.
func parseNumber(text string) constant.Value {
	digits := strings.TrimLeft(text, "+-")
	if len(text)-len(digits) > 1 || digits == "" || len(text) > maxNumber || !isDigit(digits[0]) && digits[0] != '.' {
		return nil
	}
	v := constant.MakeFromLiteral(digits, token.INT, 0)
	if v.Kind() == constant.Unknown {
		v = constant.MakeFromLiteral(digits, token.FLOAT, 0)
	}
	if v.Kind() == constant.Unknown {
		return nil
	}
	if text[0] == '-' {
		v = constant.UnaryOp(token.SUB, v, 0)
	}
	return v
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// convert makes a constant one of the type's kind, if the type can hold it.
func convert(t types.Type, v constant.Value) (constant.Value, error) {
	if v == nil || v.Kind() == constant.Unknown {
		return nil, errors.New("the value is not known")
	}
	c := classOf(t)
	switch c {
	case classInteger, classDuration:
		i := constant.ToInt(v)
		if i.Kind() != constant.Int {
			return nil, fmt.Errorf("%s is not an integer", v)
		}
		if !fitsInteger(t, i) {
			return nil, fmt.Errorf("%s does not fit %s", v, t)
		}
		return i, nil
	case classFloat:
		if k := v.Kind(); k != constant.Int && k != constant.Float {
			return nil, fmt.Errorf("%s is not a real number", v)
		}
		f := round(t, v)
		if math.IsInf(f, 0) || f == 0 && constant.Sign(v) != 0 {
			return nil, fmt.Errorf("%s does not fit %s", v, t)
		}
		return v, nil
	}
	want := map[class]constant.Kind{classBool: constant.Bool, classString: constant.String}
	if k, ok := want[c]; ok && v.Kind() != k {
		return nil, fmt.Errorf("%s is not a %s", v, t)
	}
	if c == classComplex {
		if v = constant.ToComplex(v); v.Kind() == constant.Unknown {
			return nil, errors.New("the value is not a number")
		}
	}
	return v, nil
}

func fitsInteger(t types.Type, v constant.Value) bool {
	b, ok := t.Underlying().(*types.Basic)
	if !ok || b.Info()&types.IsUntyped != 0 {
		return true
	}
	bits := map[types.BasicKind]int{
		types.Int8: 7, types.Int16: 15, types.Int32: 31,
		types.Uint8: 8, types.Uint16: 16, types.Uint32: 32, types.Uint: 64, types.Uint64: 64, types.Uintptr: 64,
	}
	n, ok := bits[b.Kind()]
	if !ok {
		n = 63
	}
	if b.Info()&types.IsUnsigned != 0 {
		return constant.Sign(v) >= 0 && constant.BitLen(v) <= n
	}
	if constant.Sign(v) < 0 { // -128 fits int8
		v = constant.BinaryOp(v, token.ADD, constant.MakeInt64(1))
	}
	return constant.BitLen(v) <= n
}

// round gives the nearest value that a variable of the type can hold.
func round(t types.Type, v constant.Value) float64 {
	if b, ok := t.Underlying().(*types.Basic); ok && b.Kind() == types.Float32 {
		f, _ := constant.Float32Val(v)
		return float64(f)
	}
	f, _ := constant.Float64Val(v)
	return f
}

// Rat returns the exact value of a real constant, nil for other constants
// and for numbers far beyond the range of float64.
func Rat(v constant.Value) *big.Rat {
	if v == nil {
		return nil
	}
	switch x := constant.Val(v).(type) {
	case int64:
		return new(big.Rat).SetInt64(x)
	case *big.Int:
		return new(big.Rat).SetInt(x)
	case *big.Rat:
		return new(big.Rat).Set(x)
	case *big.Float:
		if e := x.MantExp(nil); x.IsInf() || e > 2048 || e < -2048 {
			return nil
		}
		r, _ := x.Rat(nil)
		return r
	}
	return nil
}

// FormatValue renders a value as directives write it: [ParseValue] reads it
// back.
func FormatValue(t types.Type, v constant.Value) string {
	switch classOf(t) {
	case classDuration:
		if n, ok := constant.Int64Val(constant.ToInt(v)); ok {
			return time.Duration(n).String()
		}
	case classString:
		if v.Kind() == constant.String {
			return constant.StringVal(v)
		}
	case classFloat:
		if k := v.Kind(); k == constant.Int || k == constant.Float {
			size := 64
			if b, ok := t.Underlying().(*types.Basic); ok && b.Kind() == types.Float32 {
				size = 32
			}
			return strconv.FormatFloat(round(t, v), 'g', -1, size)
		}
	}
	return v.ExactString()
}
