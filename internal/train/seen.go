package train

// seen is an evaluation that is over. What its cases did is in the journal: in
// memory, thousands of evaluations would take the room of the program.
type seen struct {
	kept keptEvaluation
	eval *evaluation // where benchmarks decide, what the journal keeps is not all
}

// remember keeps what a program gave, by what was compiled.
func (s *session) remember(code string, ev *evaluation) {
	if ev == nil {
		return
	}
	if s.bench != nil || ev.rejected == "" && ev.results == "" {
		s.seen[code] = seen{eval: ev}
		return
	}
	s.seen[code] = seen{kept: keptEvaluation{rejected: ev.rejected, results: ev.results}}
}

// remembered is what the same program gave before, nil if it is new.
func (s *session) remembered(code string) (*evaluation, error) {
	old, ok := s.seen[code]
	switch {
	case !ok:
		return nil, nil
	case old.eval != nil:
		return old.eval, nil
	case old.kept.rejected != "":
		return &evaluation{rejected: old.kept.rejected}, nil
	}
	raw, err := s.readResults(s.log.ReadBlob, old.kept.results)
	if err != nil {
		return nil, err
	}
	return s.obj.judge(raw), nil
}
