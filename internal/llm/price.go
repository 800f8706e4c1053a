package llm

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/opto-go/trace/internal/ui"
)

//go:embed prices.txt
var builtinPrices string

// Prices knows what models cost.
type Prices struct {
	tables []priceTable // in the order in which they are asked
}

// A priceTable is one file.
type priceTable []priceLine

type priceLine struct {
	model string // a name, or a pattern with *
	price Price
}

// LoadPrices reads the user's table, if there is one, and the built-in one.
// The user's is the file that $TRACE_PRICES names, else trace/prices.txt in
// the user configuration directory.
func LoadPrices(getenv func(string) string) (*Prices, error) {
	builtin, err := parsePrices("prices.txt", builtinPrices)
	if err != nil {
		return nil, err
	}
	prices := &Prices{tables: []priceTable{builtin}}
	name, named := UserPrices(getenv), getenv("TRACE_PRICES") != ""
	if name == "" {
		return prices, nil
	}
	data, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !named:
		return prices, nil
	case err != nil && named:
		return nil, ui.Errorf("TRACE_PRICES: %w", err).WithHint("name a file of lines MODEL PROMPT ANSWER, in dollars for a million tokens")
	case err != nil:
		return nil, ui.Errorf("the table of prices: %w", err)
	}
	own, err := parsePrices(name, string(data))
	if err != nil {
		return nil, err
	}
	prices.tables = append([]priceTable{own}, prices.tables...)
	return prices, nil
}

// UserPrices is where the user's table is, or would be; empty if there is no
// place for one. The user configuration directory is that of getenv's
// environment, which need not be this process's.
func UserPrices(getenv func(string) string) string {
	if name := getenv("TRACE_PRICES"); name != "" {
		return name
	}
	dir := getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(dir) {
		var err error
		if dir, err = os.UserConfigDir(); err != nil {
			return ""
		}
	}
	return filepath.Join(dir, "trace", "prices.txt")
}

// maxPrices bounds a table, in bytes.
const maxPrices = 1 << 20

// parsePrices reads a table. All that is wrong with it is reported together,
// each as name:line: message.
func parsePrices(name, text string) (priceTable, error) {
	if len(text) > maxPrices {
		return nil, ui.Errorf("%s: a table of prices has at most %d kB", name, maxPrices>>10)
	}
	var table priceTable
	var errs []error
	lines := map[string]int{}
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		wrong := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("%s:%d: %s", name, i+1, fmt.Sprintf(format, args...)))
		}
		if len(fields) != 3 {
			wrong("%s: want MODEL PROMPT ANSWER, a name and two prices", plural(len(fields), "word"))
			continue
		}
		entry := priceLine{model: fields[0]}
		var err error
		if entry.price.Prompt, err = ParseMoney(fields[1]); err == nil {
			entry.price.Answer, err = ParseMoney(fields[2])
		}
		switch {
		case err != nil:
			wrong("%v", err)
		case lines[entry.model] > 0:
			wrong("%s stands in line %d already", entry.model, lines[entry.model])
		default:
			lines[entry.model] = i + 1
			table = append(table, entry)
		}
	}
	if len(errs) > 0 {
		return nil, ui.Errorf("%w", errors.Join(errs...)).WithHint("prices are dollars for a million tokens, such as: gpt-4o 2.50 10.00")
	}
	return table, nil
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// Of returns the price of a model, nil if no table has it.
func (p *Prices) Of(model string) *Price {
	if p == nil {
		return nil
	}
	for _, t := range p.tables {
		if price := t.find(model); price != nil {
			return price
		}
	}
	return nil
}

func (t priceTable) find(model string) *Price {
	var best *priceLine
	for i := range t {
		e := &t[i]
		if e.model == model {
			return &e.price
		}
		if matches(e.model, model) && (best == nil || len(e.model) > len(best.model)) {
			best = e
		}
	}
	if best == nil {
		return nil
	}
	return &best.price
}

// matches reports whether name is what pattern describes, in which * stands
// for any text.
func matches(pattern, name string) bool {
	first, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == name
	}
	name, ok := strings.CutPrefix(name, first)
	if !ok {
		return false
	}
	parts := strings.Split(rest, "*")
	for _, p := range parts[:len(parts)-1] {
		i := strings.Index(name, p)
		if i < 0 {
			return false
		}
		name = name[i+len(p):]
	}
	return strings.HasSuffix(name, parts[len(parts)-1])
}
