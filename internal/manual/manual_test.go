package manual

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const source = `/*
Tool does things.

Usage:

	tool [flags] things
	tool [-C dir] mend|break [-x X]
	               [more] ...
	tool show RUN

With things it does them.

Flags:

	-C dir    change to dir
	-x X      how much,
	          and when
	-xx       everything

Text.

# Other

Other text.

# Commands mend, break

Mend mends.

	-y   a flag of its own

# Command show

Show shows.

# Exit codes

	0   done
*/
package main
`

func TestHelp(t *testing.T) {
	const exits = "Exit codes:\n\n\t0   done\n\nThe whole manual: tool -h\n"
	m := Of("tool", source)
	tests := []struct {
		sub   string
		flags []string
		want  string
	}{
		{"break", []string{"x", "C"}, "Usage:\n\n\ttool [-C dir] break [-x X]\n\t               [more] ...\n\nMend mends.\n\n\t-y   a flag of its own\n\n" +
			"Flags:\n\n\t-C dir    change to dir\n\t-x X      how much,\n\t          and when\n\n" + exits},
		{"show", nil, "Usage:\n\n\ttool show RUN\n\nShow shows.\n\n" + exits},
		{"nothing", nil, m.Text},
		{"Other", nil, m.Text},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, m.Help(tt.sub, tt.flags...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.sub, diff)
		}
	}
	if m.Text[:4] != "Tool" || m.Text[len(m.Text)-5:] != "done\n" {
		t.Errorf("the text is %q", m.Text)
	}
}
