package main

import (
	"fmt"
	"testing"
)

func TestCaseHint(t *testing.T) {
	var many []string
	for i := range 25 {
		many = append(many, fmt.Sprintf("TestTable/row=%02d", i))
	}
	const ten = "TestTable/row=00, TestTable/row=01, TestTable/row=02, TestTable/row=03, TestTable/row=04, " +
		"TestTable/row=05, TestTable/row=06, TestTable/row=07, TestTable/row=08, TestTable/row=09"
	tests := []struct {
		name  string
		names []string
		want  string
	}{
		{"TestUnicod", append([]string{"TestUnicode", "TestUnicode"}, many...), "did you mean TestUnicode?"},
		{"x", nil, "the file has no cases; a main program has one without a name"},
		{"table", many, "cases with that in their name: " + ten + ", and 15 more"},
		{"Other", many, "cases: " + ten + ", and 15 more"},
		{"Other", many[:10], "cases: " + ten},
		{"TestTable/row=3", many[:2], "did you mean TestTable/row=00 or TestTable/row=01?"},
	}
	for _, tt := range tests {
		if got := caseHint(tt.name, tt.names); got != tt.want {
			t.Errorf("caseHint(%q, %d names) is\n%s\nwant\n%s", tt.name, len(tt.names), got, tt.want)
		}
	}
}
