package directive_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/opto-go/trace/gen/directive"
)

func TestAnalyzer(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), directive.Analyzer, "good", "bad")
}

// What a fix leaves is in fix.go.golden; the rest has no clear way.
func TestFixes(t *testing.T) {
	analysistest.RunWithSuggestedFixes(t, analysistest.TestData(), directive.Analyzer, "fix")
}
