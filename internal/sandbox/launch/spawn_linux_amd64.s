#include "textflag.h"

#define SYS_clone 56
#define SYS_exit_group 231

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
	MOVQ	flags+0(FP), DI
	MOVQ	first+8(FP), R12
	MOVQ	out+16(FP), R13
	XORL	SI, SI
	XORL	DX, DX
	XORL	R10, R10
	XORL	R8, R8
	MOVL	$SYS_clone, AX
	SYSCALL
	TESTQ	AX, AX
	JEQ	next
	MOVQ	AX, ret+24(FP)
	RET

	// The child. The stack is the parent's, and is left alone.
next:
	MOVQ	R12, AT(R13)
	MOVQ	(ARGS+0)(R12), DI
	MOVQ	(ARGS+8)(R12), SI
	MOVQ	(ARGS+16)(R12), DX
	MOVQ	(ARGS+24)(R12), R10
	MOVQ	(ARGS+32)(R12), R8
	MOVQ	(ARGS+40)(R12), R9
	MOVQ	NUMBER(R12), AX
	SYSCALL
	CMPQ	AX, $0xfffffffffffff001
	JCC	error
	MOVQ	WANT(R12), BX
	CMPQ	BX, $-1
	JEQ	store
	CMPQ	BX, AX
	JEQ	store
	XORL	AX, AX
	JMP	fail
store:
	MOVQ	TO(R12), BX
	TESTQ	BX, BX
	JEQ	done
	MOVL	AX, (BX)
	MOVQ	ALSO(R12), BX
	TESTQ	BX, BX
	JEQ	done
	MOVL	AX, (BX)
done:
	ADDQ	$SIZE, R12
	JMP	next
error:
	NEGQ	AX
	CMPQ	AX, PASS(R12)
	JNE	fail
	ADDQ	SKIP(R12), R12
	JMP	done
fail:
	MOVQ	AX, ERRNO(R13)
	MOVQ	$1, FAILED(R13)
end:
	MOVL	$125, DI
	MOVL	$SYS_exit_group, AX
	SYSCALL
	JMP	end
