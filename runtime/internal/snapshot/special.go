package snapshot

import (
	"reflect"
	"strconv"
	"time"
	"unsafe"
)

// special writes values of the standard library for which Go has a better
// notation than their fields. It reports false, having written nothing, for
// all others.
func (p *printer) special(v reflect.Value, t reflect.Type, ty typing) bool {
	switch t.Kind() {
	case reflect.Int64:
		if t == durationType {
			p.duration(v.Int(), ty)
			return true
		}
	case reflect.Ptr:
		return p.deep && !v.IsNil() && p.stdError(v, t)
	case reflect.Struct:
		if t != timeType {
			break
		}
		// A method of the standard library on a value of our own copy.
		switch {
		case v.CanInterface():
			p.str(v.Interface().(time.Time).GoString())
			return true
		case v.CanAddr() && p.deep:
			p.str((*time.Time)(unsafe.Pointer(v.UnsafeAddr())).GoString())
			return true
		}
	}
	return false
}

var (
	durationType = reflect.TypeOf(time.Duration(0))
	timeType     = reflect.TypeOf(time.Time{})
)

// duration writes d in the largest unit that gives a whole number.
func (p *printer) duration(d int64, ty typing) {
	if d == 0 {
		if ty == inInterface {
			p.str("time.Duration(0)")
		} else {
			p.str("0")
		}
		return
	}
	for _, u := range [...]struct {
		unit int64
		name string
	}{
		{int64(time.Hour), "time.Hour"},
		{int64(time.Minute), "time.Minute"},
		{int64(time.Second), "time.Second"},
		{int64(time.Millisecond), "time.Millisecond"},
		{int64(time.Microsecond), "time.Microsecond"},
		{1, "time.Nanosecond"},
	} {
		if d%u.unit == 0 {
			if n := d / u.unit; n != 1 {
				p.buf = strconv.AppendInt(p.buf, n, 10)
				p.str("*")
			}
			p.str(u.name)
			return
		}
	}
}

// stdError writes the errors that errors.New and fmt.Errorf make. They are
// immutable, so reading them is safe whoever holds them.
func (p *printer) stdError(v reflect.Value, t reflect.Type) bool {
	elem := t.Elem()
	if elem.Kind() != reflect.Struct {
		return false
	}
	call, field := "", ""
	switch elem.PkgPath() + "." + elem.Name() {
	case "errors.errorString":
		call, field = "errors.New(", "s"
	case "fmt.wrapError", "fmt.wrapErrors":
		call, field = "fmt.Errorf(", "msg"
	default:
		return false
	}
	// The fields are private to the standard library, so look before reading.
	f := v.Elem().FieldByName(field)
	if !f.IsValid() || f.Kind() != reflect.String {
		return false
	}
	p.str(call)
	p.quote(f.String())
	p.str(")")
	return true
}
