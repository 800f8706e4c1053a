package tape

import (
	"math"
	"reflect"
	"strconv"
	"unsafe"

	"github.com/opto-go/trace/runtime/internal/snapshot"
)

// appendBits writes the value of a record that keeps its bits.
func (p *place) appendBits(b []byte, bits uint64) []byte {
	switch k := p.typ.Kind(); k {
	case reflect.Bool:
		return strconv.AppendBool(b, uint8(bits) != 0)
	case reflect.Int:
		return strconv.AppendInt(b, int64(int(bits)), 10)
	case reflect.Int8:
		return strconv.AppendInt(b, int64(int8(bits)), 10)
	case reflect.Int16:
		return strconv.AppendInt(b, int64(int16(bits)), 10)
	case reflect.Int32:
		return strconv.AppendInt(b, int64(int32(bits)), 10)
	case reflect.Int64:
		return strconv.AppendInt(b, int64(bits), 10)
	case reflect.Uintptr:
		return snapshot.AppendUintptr(b, uintptr(bits))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.AppendUint(b, bits, 10)
	case reflect.Float32:
		return snapshot.AppendFloat(b, float64(math.Float32frombits(uint32(bits))), 32)
	case reflect.Float64:
		return snapshot.AppendFloat(b, math.Float64frombits(bits), 64)
	case reflect.Slice:
		if bits > 0 {
			b = append(b, snapshot.TypeString(p.typ)...)
			b = append(b, "(len "...)
			b = strconv.AppendUint(b, bits-1, 10)
			return append(b, ')')
		}
	default: // formRef
		if bits > 0 {
			return append(b, snapshot.TypeString(p.typ)...)
		}
	}
	return append(b, snapshot.Shallow(reflect.Zero(p.typ).Interface(), snapshot.Limits{})...)
}

// text is b as a string that is valid until b changes.
func text(b []byte) string { return *(*string)(unsafe.Pointer(&b)) }
