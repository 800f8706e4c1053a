package train

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/ui"
)

// A metric is a unit by which benchmarks are compared.
type metric struct {
	unit   string
	higher bool // higher values are better
	weight float64
}

// metrics reads -minimize and -maximize: units with commas between them, each
// with its weight behind it, as in "ns/op=2,B/op".
func (o *Options) metrics() ([]metric, error) {
	var list []metric
	for _, f := range []struct {
		name, text string
		higher     bool
	}{{"minimize", o.Minimize, false}, {"maximize", o.Maximize, true}} {
		if f.text == "" {
			continue
		}
		for _, word := range strings.Split(f.text, ",") {
			m := metric{unit: word, higher: f.higher, weight: 1}
			if unit, weight, ok := strings.Cut(word, "="); ok {
				v, err := strconv.ParseFloat(weight, 64)
				if err != nil || !(v > 0) || math.IsInf(v, 0) {
					return nil, ui.Errorf("-%s %s: the weight %q is no number above zero", f.name, f.text, weight).
						WithHint("such as -%s ns/op=2,B/op", f.name)
				}
				m.unit, m.weight = unit, v
			}
			switch {
			case m.unit == "":
				return nil, ui.Errorf("-%s %q: a unit is missing", f.name, f.text).WithHint("units stand with commas between them, such as ns/op,B/op")
			case strings.ContainsFunc(m.unit, unicode.IsSpace):
				return nil, ui.Errorf("-%s %q: a unit of a benchmark has no white space", f.name, f.text)
			}
			for _, other := range list {
				if other.unit == m.unit {
					return nil, ui.Errorf("the unit %s is named twice by -minimize and -maximize", m.unit)
				}
			}
			list = append(list, m)
		}
	}
	if list == nil {
		list = []metric{{unit: defaultUnit, weight: 1}}
	}
	return list, nil
}

// unitsText names metrics, in the order in which they were given.
func unitsText(list []metric) string {
	var units []string
	for _, m := range list {
		units = append(units, m.unit)
	}
	return strings.Join(units, ", ")
}

// directionOf is what is better of all; empty where that differs.
func directionOf(list []metric) string {
	for _, m := range list {
		if m.higher != list[0].higher {
			return ""
		}
	}
	return direction(list[0].higher)
}

// keptMetrics is what the journal keeps where one unit does not say it.
func keptMetrics(list []metric) []journal.Metric {
	if len(list) == 1 {
		return nil
	}
	var out []journal.Metric
	for _, m := range list {
		out = append(out, journal.Metric{Unit: m.unit, Better: direction(m.higher), Weight: m.weight})
	}
	return out
}

// wanted says to an optimizer what is wanted of so many benchmarks.
func wanted(list []metric, of string, several bool) string {
	if len(list) == 1 {
		if several {
			of = "the geometric mean of the " + list[0].unit + " of " + of
		} else {
			of = "the " + list[0].unit + " of " + of
		}
		return verb(list[0]) + " " + of + ": " + direction(list[0].higher) + " is better"
	}
	var words []string
	for _, m := range list {
		text := strings.ToLower(verb(m)) + " the " + m.unit
		if m.weight != 1 {
			text += fmt.Sprintf(" (weight %g)", m.weight)
		}
		words = append(words, text)
	}
	return "Improve " + of + ": " + strings.Join(words, ", ") + ". What counts is the weighted geometric mean of all ratios"
}

func verb(m metric) string {
	if m.higher {
		return "Raise"
	}
	return "Lower"
}
