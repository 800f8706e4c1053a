package optoprime

import (
	"fmt"
	"strings"
	"testing"

	"github.com/opto-go/trace/optimizer"
)

// longSource is a function of many lines, the last of which returns n.
func longSource(n int) string {
	return "func F() int {\n" + strings.Repeat("\t// what every version has\n", 60) + fmt.Sprintf("\treturn %d\n}", n)
}

// TestHistoryDiff: of a long source the difference is shown, which a cut would hide,
// and what its author said of it.
func TestHistoryDiff(t *testing.T) {
	p := &optimizer.Problem{
		Params: []optimizer.Param{{ID: "m.F", Name: "F", Kind: optimizer.FuncBody, Source: "// F counts.\n" + longSource(1)}},
		History: []optimizer.Attempt{{Step: 1, Proposal: optimizer.Proposal{
			Assign: map[string]string{"m.F": longSource(2)}, Reasoning: "Two is\nmore.",
		}}},
	}
	got := between(report(p, 1<<20), "## History\n\n", "\n## ")
	want := `### Step 1: not accepted, 0 of 0 cases failed, mean score 0
Its author said:
> Two is more.
It gave F, compared with the current source:
` + "```diff" + `
--- current
+++ then
@@ -59,5 +59,5 @@
 	// what every version has
 	// what every version has
 	// what every version has
-	return 1
+	return 2
 }
` + "```"
	compareText(t, got, want)
}

// TestHistoryOfAccepted: of what was accepted and is no longer there, the words stay.
func TestHistoryOfAccepted(t *testing.T) {
	p := &optimizer.Problem{
		Params: []optimizer.Param{{ID: "m.F", Name: "F", Kind: optimizer.FuncBody, Source: longSource(2)}},
		History: []optimizer.Attempt{{Step: 1, Accepted: true, Proposal: optimizer.Proposal{
			Assign: map[string]string{"m.F": longSource(1)}, Reasoning: "One will do.",
		}}},
	}
	compareText(t, between(report(p, 1<<20), "## History\n\n", "\n## "), `### Step 1: accepted, 0 of 0 cases failed, mean score 0
Its author said:
> One will do.
Later steps changed what it gave F.`)
}

// TestHistoryCompares: beside two means stands how many cases got better.
func TestHistoryCompares(t *testing.T) {
	attempt := func(step int, accepted bool, scores ...float64) optimizer.Attempt {
		a := optimizer.Attempt{Step: step, Accepted: accepted, Total: len(scores), Cases: map[string]float64{}}
		for i, s := range scores {
			a.Cases[fmt.Sprint(i)] = s
			a.Score += s / float64(len(scores))
		}
		if step > 0 {
			a.Proposal.Assign = map[string]string{"m.x": fmt.Sprint(step)}
		}
		return a
	}
	for name, tt := range map[string]struct {
		history []optimizer.Attempt
		want    string
	}{
		"scores": {
			[]optimizer.Attempt{attempt(0, true, 2, 2, 2, 2), attempt(1, true, 3, 3, 1, 2), attempt(2, false, 3, 0, 0, 2)},
			"### Step 2: not accepted, 0 of 4 cases failed, mean score 1.25 (before: 0 of 4 cases failed, mean score 2.25; 0 better, 2 worse, 2 the same; most was lost by 1 (3, then 0), 2 (1, then 0))\n",
		},
		"of one step": {
			[]optimizer.Attempt{attempt(0, true, 2, 2), attempt(1, true, 3, 3), attempt(1, false, 1, 2)},
			"### Step 1: not accepted, 0 of 2 cases failed, mean score 1.5 (before: 0 of 2 cases failed, mean score 2; 0 better, 1 worse, 1 the same; most was lost by 0 (2, then 1))\n",
		},
		"pass or fail": {
			[]optimizer.Attempt{attempt(0, true, 1, 0), attempt(1, false, 0, 1)},
			"### Step 1: not accepted, 0 of 2 cases failed, mean score 0.5 (before: 0 of 2 cases failed, mean score 0.5)\n",
		},
	} {
		p := &optimizer.Problem{Params: xParam, History: tt.history}
		if got := report(p, 1<<20); !strings.Contains(got, tt.want) {
			t.Errorf("%s: want %q in:\n%s", name, tt.want, got)
		}
	}
}

// TestHistoryHeads: of attempts for which there is no room it still says how they
// ended.
func TestHistoryHeads(t *testing.T) {
	p := &optimizer.Problem{Params: xParam}
	for i := range 9 {
		p.History = append(p.History, optimizer.Attempt{Step: i, Total: 1, Score: float64(i),
			Proposal: optimizer.Proposal{Assign: map[string]string{"m.x": strings.Repeat("2", 900)}}})
	}
	got := report(p, 6<<10)
	for _, want := range []string{"(of 4 earlier attempts there is no room for more than how they ended)\n### Step 0: not accepted", "### Step 3: not accepted, 0 of 1 case failed, mean score 3 (before: 0 of 1 case failed, mean score 0)\n\n### Step 4: ", "mean score 8"} {
		if !strings.Contains(got, want) {
			t.Errorf("want %q in:\n%s", want, got)
		}
	}
	if len(got) > 6<<10 {
		t.Errorf("%d bytes", len(got))
	}
}

// TestStanding: where not all cases are shown, all and those shown are told apart.
func TestStanding(t *testing.T) {
	p := &optimizer.Problem{
		Objective: "Score high.", Params: xParam, All: optimizer.Standing{Cases: 40, Failed: 3, Score: 0.25},
		Cases: []optimizer.Case{{Name: "a", Result: "pass", Score: 0.5}, {Name: "b", Result: "fail", Score: 0.1}},
	}
	want := "Score high.\nNow 3 of all 40 cases fail; the mean score is 0.25, and higher is better. Of the 2 that are shown here 1 fail; their mean score is 0.3.\n"
	if got := report(p, 1<<20); !strings.Contains(got, want) {
		t.Errorf("want %q in:\n%s", want, got)
	}
	p.All.Cases = 2
	if got := report(p, 1<<20); !strings.Contains(got, "Score high.\nNow 1 of the 2 cases shown here fail; the mean score is 0.3, and higher is better.\n") {
		t.Errorf("got:\n%s", got)
	}
}

// TestRoundsOfFeedback: of values that are all the same it says when what was said.
func TestRoundsOfFeedback(t *testing.T) {
	g := newGraph()
	for i := range 5 {
		out := g.add("op", "out", 7, g.Nodes[0])
		switch i {
		case 4:
			g.say(out, "over")
		case 2:
			g.say(out, "odd")
			g.say(out, "again")
		default:
			g.say(out, "again")
		}
	}
	compareText(t, g.shown(), `outputs: out = 7 in each of 5 rounds
feedback on out in rounds 1 to 4:
> again
feedback on out in round 3:
> odd
feedback on out in round 5:
> over`)
}
