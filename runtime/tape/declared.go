package tape

// declared are the parameters of the program, whether or not they are ever
// used.
var declared parameters

type parameters struct {
	sites []*Site
	known map[string]bool
}

// Bundles tells the recorder of the bundles of a file, as Sites does of trainable
// values. It is called by package initialisers only.
func Bundles(bundles []Bundle) {
	for i := range bundles {
		if bundles[i].ID != "" {
			declared.add(bundles[i].param())
		}
	}
}

func (d *parameters) add(s *Site) {
	if d.known == nil {
		d.known = map[string]bool{}
	}
	if !d.known[s.ID] {
		d.known[s.ID] = true
		d.sites = append(d.sites, s)
	}
}

// unseen lists those that are not among seen.
func (d *parameters) unseen(seen map[string]bool) []*Site {
	var left []*Site
	for _, s := range d.sites {
		if !seen[s.ID] {
			left = append(left, s)
		}
	}
	return left
}

// param describes the function as a parameter.
func (b *Bundle) param() *Site {
	return &Site{ID: b.ID, Name: b.Name, Src: b.Sig, At: b.At, Type: "func"}
}
