package tracefile

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// TestFill compares the two ways to write a node.
func TestFill(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, ok := rapid.Custom(drawLine).Draw(t, "line").(*Node)
		if !ok {
			t.Skip("not a node")
		}
		v := Values{N: n.N, Case: n.Case, Fn: n.Fn, Call: n.Call, Body: n.Body, Within: n.Within, Value: n.Value, Count: n.Count}
		for _, r := range n.In {
			v.In = append(v.In, uint32(r))
		}
		common := *n
		common.Call, common.Body, common.Within = 0, 0, 0
		common.N, common.Case, common.In, common.Fn, common.Value, common.Count = 0, 0, nil, 0, "", 0
		var want, got bytes.Buffer
		w := NewWriter(&want)
		if err := w.Node(*n); err != nil {
			t.Fatal(err)
		}
		w.Flush()
		w = NewWriter(&got)
		if err := w.Fill(NewForm(common), &v); err != nil {
			t.Fatal(err)
		}
		w.Flush()
		if got.String() != want.String() {
			t.Fatalf("Fill:\n%sNode:\n%s", got.String(), want.String())
		}
	})
}
