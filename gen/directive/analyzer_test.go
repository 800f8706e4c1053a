package directive_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/opto-go/trace/gen/directive"
)

func TestAnalyzer(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), directive.Analyzer, "good", "bad")
}
