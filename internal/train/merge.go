package train

import (
	"context"
	"slices"
	"strings"

	"github.com/opto-go/trace/optimizer"
)

// merge puts the changes of two states into one program, where the strategy
// thinks it worth an evaluation.
func (s *session) merge(ctx context.Context, step int) error {
	if s.perfect(s.pool.now().eval) {
		return nil
	}
	var cands []*candidate
	for _, m := range s.pool.merges() {
		into, from := s.pool.of[m.Into], s.pool.of[m.From]
		if err := s.open(ctx, into); err != nil {
			return err
		}
		var names []string
		for _, p := range into.params {
			if _, ok := m.Texts[p.ID]; ok {
				names = append(names, p.Name)
			}
		}
		c, err := s.prepare(ctx, into, optimizer.Proposal{
			Assign:    m.Texts,
			Reasoning: "merged: another program that wins other cases has this " + strings.Join(names, " and "),
		})
		if err != nil {
			return err
		}
		c.other = from
		if !c.again { // what was evaluated before has had its chance
			cands = append(cands, c)
		}
	}
	if len(cands) == 0 || s.evalsLeft() <= 0 {
		return nil
	}
	was := s.pool.now()
	stay, err := s.take(ctx, step, s.opt.Parents*s.opt.Proposals, cands)
	if err != nil {
		return err
	}
	if now := s.pool.now(); now != was {
		s.ui.say("step %d: merged two programs: %s → %s%s", step, s.standText(was.eval), s.standText(now.eval), asideText(len(stay)-1))
		return nil
	}
	if !slices.ContainsFunc(cands, (*candidate).ran) {
		s.ui.say("step %d: two programs that win different cases cannot be merged: %s", step, s.verdict(cands[0]))
		return nil
	}
	s.ui.say("step %d: %s of programs that win different cases, none better%s", step, plural(len(cands), "merger"), asideText(len(stay)))
	return nil
}
