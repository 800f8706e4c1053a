#include "textflag.h"

#define SYS_clone 220
#define SYS_exit_group 94

// The fields of a call.
#define NUMBER 0
#define ARGS 8
#define WANT 56
#define PASS 64
#define SKIP 72
#define TO 80
#define ALSO 88
#define SIZE 96

// Those of an outcome.
#define AT 0
#define FAILED 8
#define ERRNO 16

// func spawn(flags uintptr, first *call, out *outcome) uintptr
TEXT ·spawn(SB),NOSPLIT|NOFRAME,$0-32
	MOVD	flags+0(FP), R0
	MOVD	first+8(FP), R12
	MOVD	out+16(FP), R13
	MOVD	$0, R1
	MOVD	$0, R2
	MOVD	$0, R3
	MOVD	$0, R4
	MOVD	$SYS_clone, R8
	SVC
	CBZ	R0, next
	MOVD	R0, ret+24(FP)
	RET

	// The child. The stack is the parent's, and is left alone.
next:
	MOVD	R12, AT(R13)
	MOVD	(ARGS+0)(R12), R0
	MOVD	(ARGS+8)(R12), R1
	MOVD	(ARGS+16)(R12), R2
	MOVD	(ARGS+24)(R12), R3
	MOVD	(ARGS+32)(R12), R4
	MOVD	(ARGS+40)(R12), R5
	MOVD	NUMBER(R12), R8
	SVC
	CMN	$4095, R0
	BCS	error
	MOVD	WANT(R12), R9
	CMN	$1, R9
	BEQ	store
	CMP	R9, R0
	BEQ	store
	MOVD	$0, R0
	B	fail
store:
	MOVD	TO(R12), R9
	CBZ	R9, done
	MOVW	R0, (R9)
	MOVD	ALSO(R12), R9
	CBZ	R9, done
	MOVW	R0, (R9)
done:
	ADD	$SIZE, R12
	B	next
error:
	NEG	R0, R0
	MOVD	PASS(R12), R9
	CMP	R9, R0
	BNE	fail
	MOVD	SKIP(R12), R9
	ADD	R9, R12
	B	done
fail:
	MOVD	R0, ERRNO(R13)
	MOVD	$1, R9
	MOVD	R9, FAILED(R13)
end:
	MOVD	$125, R0
	MOVD	$SYS_exit_group, R8
	SVC
	B	end
