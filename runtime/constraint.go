package trace

// Integer is any integer type.
type Integer interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 |
		~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr
}

// Real is any integer or floating-point type.
type Real interface {
	Integer | ~float32 | ~float64
}

// Number is any numeric type.
type Number interface {
	Real | ~complex64 | ~complex128
}

// Ordered is any type that < is defined for.
type Ordered interface {
	Real | ~string
}

// Addable is any type that + is defined for.
type Addable interface {
	Number | ~string
}
