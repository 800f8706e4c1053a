package trace

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// followed is a trace with a bundle that holds a parameter (outer), one that
// holds none (twice), and one that only changes memory (learn).
const followed = `{"trace":1,"program":"m","go":"go1.26"}
{"n":1,"case":0,"kind":"param","id":"m.k","name":"k","at":"m.go:1:1","src":"k","type":"int","value":"7"}
{"n":2,"case":0,"kind":"op","at":"m.go:11:9","src":"x + x","in":[1],"within":1,"type":"int","value":"14"}
{"n":3,"case":0,"kind":"op","op":"twice","name":"t","at":"m.go:2:1","src":"twice(k)","in":[1],"call":1,"body":2,"type":"int","value":"14"}
{"n":4,"case":0,"kind":"param","id":"m.inner","name":"inner","at":"m.go:20:1","src":"func inner(x int) int","type":"func(x int) int"}
{"n":5,"case":0,"kind":"op","op":"twice","name":"u","at":"m.go:31:2","src":"twice(x)","in":[3],"call":3,"body":6,"within":2,"type":"int","value":"28"}
{"n":6,"case":0,"kind":"op","at":"m.go:11:9","src":"x + x","in":[3],"within":3,"type":"int","value":"28"}
{"n":7,"case":0,"kind":"op","op":"inner","name":"i","at":"m.go:32:2","src":"inner(u)","in":[5],"fn":4,"within":2,"type":"int","value":"29"}
{"n":8,"case":0,"kind":"op","op":"outer","name":"o","at":"m.go:3:1","src":"outer(t, 5)","in":[3,0],"call":2,"body":7,"type":"int","value":"29"}
{"n":9,"case":0,"kind":"param","id":"m.learn","name":"learn","at":"m.go:40:1","src":"func learn(m *model, x int)","type":"func(m *model, x int)"}
{"n":10,"case":0,"kind":"op","name":"m.w","at":"m.go:41:2","src":"m.w * x","in":[1],"within":4,"type":"int","value":"0"}
{"n":11,"case":0,"kind":"op","op":"learn","at":"m.go:4:1","src":"learn(m, k)","in":[0,1],"fn":9,"call":4}
{"n":12,"case":0,"kind":"op","name":"sum","at":"m.go:5:1","src":"o + m.w","in":[8,10],"type":"int","value":"29"}
{"feedback":12,"case":0,"text":"too large"}
`

func TestInside(t *testing.T) {
	rec, err := ReadRecording(strings.NewReader(followed))
	if err != nil {
		t.Fatal(err)
	}
	p := rec.Programs[0]
	for _, test := range []struct {
		name  string
		graph *Graph
		want  string
	}{
		{"where a parameter lies inside", p.Graph(), `k = 7                            // param m.k  m.go:1:1
t = twice(k)                     // = 14  m.go:2:1
func inner(x int) int {…}        // param m.inner  m.go:20:1
u = twice(x)                     // = 28  from t  m.go:31:2
i = inner(u)                     // = 29  m.go:32:2
o = outer(t, 5)                  // = 29  inside: i  m.go:3:1
func learn(m *model, x int) {…}  // param m.learn  m.go:40:1
m.w = m.w * x                    // = 0  from k  m.go:41:2
sum = o + m.w                    // = 29  m.go:5:1
feedback on sum: too large
`},
		{"all", p.Inside(), `k = 7                            // param m.k  m.go:1:1
v#1 = x + x                      // = 14  from k  m.go:11:9
t = twice(k)                     // = 14  inside: v#1  m.go:2:1
func inner(x int) int {…}        // param m.inner  m.go:20:1
v#2 = x + x                      // = 28  from t  m.go:11:9
u = twice(x)                     // = 28  from t  inside: v#2  m.go:31:2
i = inner(u)                     // = 29  m.go:32:2
o = outer(t, 5)                  // = 29  inside: i  m.go:3:1
func learn(m *model, x int) {…}  // param m.learn  m.go:40:1
m.w = m.w * x                    // = 0  from k  m.go:41:2
sum = o + m.w                    // = 29  m.go:5:1
feedback on sum: too large
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.graph.Text()); diff != "" {
				t.Errorf("graph (-want +got):\n%s", diff)
			}
		})
	}
	dot := p.Inside().DOT()
	i, j := strings.Index(dot, "\tsubgraph"), strings.Index(dot, "\tn1 ->")
	if i < 0 || j < i {
		t.Fatalf("no boxes:\n%s", dot)
	}
	want := `	subgraph cluster_1 {
		label="twice(k)\l";
		n2;
	}
	subgraph cluster_2 {
		label="outer(t, 5)\l";
		n6;
		n7;
		subgraph cluster_3 {
			label="twice(x)\l";
			n5;
		}
	}
`
	if diff := cmp.Diff(want, dot[i:j]); diff != "" {
		t.Errorf("boxes (-want +got):\n%s", diff)
	}
}
