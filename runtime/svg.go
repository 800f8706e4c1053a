package trace

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"sort"
	"strings"
	"unicode/utf8"
)

// A Drawing is a graph in a picture.
type Drawing struct {
	Title string // one line above it; empty: none
	Graph *Folded
}

// SVG returns g as WriteSVG writes it.
func (g *Graph) SVG() string {
	var b strings.Builder
	g.WriteSVG(&b) // a strings.Builder takes everything
	return b.String()
}

// WriteSVG draws g, folded by default, as [WriteSVG] does.
func (g *Graph) WriteSVG(w io.Writer) error { return g.Fold(Folding{}).WriteSVG(w) }

// WriteSVG draws f as [WriteSVG] does.
func (f *Folded) WriteSVG(w io.Writer) error { return WriteSVG(w, Drawing{Graph: f}) }

// WriteSVG writes one SVG document with all drawings below each other. Values
// flow downwards. Parameters are gold, input nodes have round ends, exceptions
// are red, what no parameter reaches is grey, and feedback stands in blue under
// its output. A dashed line leads from a trainable function to its calls, a bold
// one from what the inside of a call made to its result, a dotted one was
// inferred.
//
// An input from far away is named at the top of a box (↑ limit), and so is a
// value that a folded statement takes from an earlier execution (↻ sum); both
// are links. Long texts are cut; the tooltip of a box has the whole.
//
// The document has no script, uses no font or file from elsewhere, and follows
// the reader's light or dark colour scheme. It is the same for the same graph.
func WriteSVG(w io.Writer, drawings ...Drawing) error {
	width, height := 0.0, margin
	figures := make([]*figure, len(drawings))
	for i, d := range drawings {
		figures[i] = newFigure(d, i)
		width = math.Max(width, figures[i].width)
		height += figures[i].height + margin
	}
	bw := bufio.NewWriter(w)
	fmt.Fprintf(bw, `<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="0 0 %[1]s %[2]s" role="img">`+"\n",
		px(width+2*margin), px(height))
	bw.WriteString("<style>" + svgStyle + "</style>\n")
	bw.WriteString(svgMarkers)
	y := margin
	for _, fig := range figures {
		fmt.Fprintf(bw, `<g transform="translate(%s %s)">`+"\n", px(margin), px(y))
		fig.write(bw)
		bw.WriteString("</g>\n")
		y += fig.height + margin
	}
	bw.WriteString("</svg>\n")
	return bw.Flush()
}

const (
	margin      = 24.0
	titleHeight = 32.0
)

const svgStyle = `
svg{--page:#fff;--text:#1f2328;--dim:#656d76;--line:#818b98;--op:#f6f8fa;--aside:#eceff2;--input:#eef6ee;--inputline:#5a9a62;--param:#fff3c4;--paramline:#bf8700;--exception:#ffe3e0;--exceptionline:#cf222e;--note:#ddf4ff;--noteline:#0969da;background:#fff;background:var(--page);color-scheme:light dark}
@media (prefers-color-scheme:dark){svg{--page:#0d1117;--text:#e6edf3;--dim:#9198a1;--line:#6e7681;--op:#161b22;--aside:#21262d;--input:#12261a;--inputline:#3fb950;--param:#3a2d08;--paramline:#d29922;--exception:#3c1618;--exceptionline:#f85149;--note:#0c2d4d;--noteline:#4493f8}}
text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#1f2328;fill:var(--text);white-space:pre}
.title{font-size:15px;font-weight:bold}.name{font-weight:bold}
.dim,.notecase{fill:#656d76;fill:var(--dim)}.notecase,.ref{font-style:italic}
.ref,.link{fill:#0969da;fill:var(--noteline)}
rect{fill:#f6f8fa;fill:var(--op);stroke:#818b98;stroke:var(--line)}
.aside{fill:#eceff2;fill:var(--aside)}
.input{fill:#eef6ee;fill:var(--input);stroke:#5a9a62;stroke:var(--inputline)}
.param{fill:#fff3c4;fill:var(--param);stroke:#bf8700;stroke:var(--paramline);stroke-width:2}
.exception{fill:#ffe3e0;fill:var(--exception);stroke:#cf222e;stroke:var(--exceptionline);stroke-width:2}
.note rect,rect.note{fill:#ddf4ff;fill:var(--note);stroke:#0969da;stroke:var(--noteline)}
path{fill:none;stroke:#818b98;stroke:var(--line);stroke-width:1.3}
.body{stroke-width:3}.fn{stroke:#bf8700;stroke:var(--paramline);stroke-dasharray:6 4}.inferred{stroke-dasharray:1.5 3.5}
.tip{fill:#818b98;fill:var(--line);stroke:none}.tipfn{fill:#bf8700;fill:var(--paramline);stroke:none}
`

const svgMarkers = `<defs>
<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip" d="M0 0L8 4L0 8z"/></marker>
<marker id="tipfn" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tipfn" d="M0 0L8 4L0 8z"/></marker>
</defs>
`

// figure is a drawing whose parts have their places.
type figure struct {
	id            int
	title         string
	folded        *Folded
	boxes         []*box
	notes         []*box // feedback on nothing in particular
	layout        *layout
	width, height float64
}

func newFigure(d Drawing, id int) *figure {
	f := d.Graph
	fig := &figure{id: id, folded: f, title: clipColumns(oneLine(d.Title), 3*boxColumns)}
	outs := make(map[*Row][]said)
	for _, o := range f.feedback() {
		if o.row != nil {
			outs[o.row] = append(outs[o.row], o)
			continue
		}
		b := &box{class: "note", tip: "feedback on nothing that was followed"}
		b.feedback(o, "")
		fig.notes = append(fig.notes, b)
	}
	edges := make([][]boxEdge, len(f.Rows))
	for i, s := range f.Rows {
		for _, from := range f.From(s) {
			kind := edgeIn
			if from.index >= i {
				kind = edgeCarried
			}
			edges[i] = append(edges[i], boxEdge{int32(from.index), kind})
		}
		for _, from := range f.Fn(s) {
			if from.index < i {
				edges[i] = append(edges[i], boxEdge{int32(from.index), edgeFn})
			}
		}
		for _, body := range f.Body(s) {
			if body.index < i {
				edges[i] = append(edges[i], boxEdge{int32(body.index), edgeBody})
			}
		}
	}
	fig.layout = newLayout(edges)
	fig.boxes = make([]*box, len(f.Rows))
	for i, s := range f.Rows {
		b := newBox(f, s, fig.layout.refs[i], outs[s])
		fig.boxes[i] = b
		p := &fig.layout.vertices[i]
		p.width, p.height = b.size()
	}
	fig.layout.order()
	fig.width, fig.height = fig.layout.settle()
	if fig.title != "" {
		fig.height += titleHeight
		fig.width = math.Max(fig.width, float64(columns(fig.title))*columnWidth*1.3)
	}
	for _, b := range fig.notes {
		width, height := b.size()
		fig.width = math.Max(fig.width, width)
		fig.height += height + boxPadding
	}
	return fig
}

func (fig *figure) write(w *bufio.Writer) {
	top := 0.0
	if fig.title != "" {
		fmt.Fprintf(w, `<text class="title" x="0" y="16">%s</text>`+"\n", xmlText(fig.title))
		top = titleHeight
	}
	fmt.Fprintf(w, `<g transform="translate(0 %s)">`+"\n", px(top))
	fig.lines(w)
	for i, b := range fig.boxes {
		p := &fig.layout.vertices[i]
		fig.box(w, b, fmt.Sprintf("g%dn%d", fig.id, i+1), p.x, p.y)
	}
	w.WriteString("</g>\n")
	y := fig.height
	for i := len(fig.notes) - 1; i >= 0; i-- {
		b := fig.notes[i]
		_, height := b.size()
		y -= height
		fig.box(w, b, fmt.Sprintf("g%df%d", fig.id, i+1), 0, y)
		y -= boxPadding
	}
}

func (fig *figure) box(w *bufio.Writer, b *box, id string, x, y float64) {
	width, height := b.size()
	fmt.Fprintf(w, `<g id="%s" transform="translate(%s %s)"><title>%s</title>`+"\n", id, px(x), px(y), xmlText(b.tip))
	radius := 4.0
	if b.class == "input" {
		radius = 14
	}
	top := b.noteTop()
	if len(b.lines) == 0 {
		top = 0
	}
	if len(b.note) > 0 {
		h := height - b.noteTop()
		fmt.Fprintf(w, `<rect class="note" x="0" y="%s" width="%s" height="%s" rx="4"/>`+"\n",
			px(math.Max(top-6, 0)), px(width), px(h+math.Min(top, 6)))
		fig.text(w, b.note, top)
	}
	if len(b.lines) > 0 {
		fmt.Fprintf(w, `<rect class="%s" width="%s" height="%s" rx="%s"/>`+"\n", b.class, px(width), px(top), px(radius))
		fig.text(w, b.lines, 0)
	}
	w.WriteString("</g>\n")
}

func (fig *figure) text(w *bufio.Writer, lines []boxLine, y float64) {
	y += boxPadding + 12.5
	for _, l := range lines {
		s := fmt.Sprintf(`<text class="%s" x="%s" y="%s">%s</text>`, l.class, px(boxPadding), px(y), xmlText(l.text))
		if l.to > 0 {
			s = fmt.Sprintf(`<a href="#g%dn%d">%s</a>`, fig.id, l.to, s)
		}
		w.WriteString(s + "\n")
		y += lineHeight
	}
}

// lines draws the edges. Those that meet at a side of a box are spread over it
// in the order of their other ends, so that they do not cross there.
func (fig *figure) lines(w *bufio.Writer) {
	l := fig.layout
	ends := make([]float64, len(l.lines))   // where line i begins and
	starts := make([]float64, len(l.lines)) // ends, from left
	byFrom, byTo := make(map[int32][]int), make(map[int32][]int)
	for i, ln := range l.lines {
		byFrom[ln.from] = append(byFrom[ln.from], i)
		byTo[ln.to] = append(byTo[ln.to], i)
	}
	spread := func(v int32, list []int, other func(line) float64, at []float64) {
		sort.SliceStable(list, func(a, b int) bool { return other(l.lines[list[a]]) < other(l.lines[list[b]]) })
		p := &l.vertices[v]
		for k, i := range list {
			at[i] = p.x + p.width*(0.5+0.6*((float64(k)+0.5)/float64(len(list))-0.5))
		}
	}
	for v := range fig.boxes {
		spread(int32(v), byFrom[int32(v)], func(ln line) float64 {
			if len(ln.via) > 0 {
				return l.vertices[ln.via[0]].center()
			}
			return l.vertices[ln.to].center()
		}, starts)
		spread(int32(v), byTo[int32(v)], func(ln line) float64 {
			if n := len(ln.via); n > 0 {
				return l.vertices[ln.via[n-1]].center()
			}
			return l.vertices[ln.from].center()
		}, ends)
	}
	var d strings.Builder
	for i, ln := range l.lines {
		d.Reset()
		from := &l.vertices[ln.from]
		x, y := starts[i], from.y+from.height
		fmt.Fprintf(&d, "M%s %s", px(x), px(y))
		if bottom := l.bottom(from.layer); bottom > y+1 {
			y = bottom
			fmt.Fprintf(&d, "V%s", px(y))
		}
		curve := func(tx, ty float64) {
			mid := px((y + ty) / 2)
			fmt.Fprintf(&d, "C%s %s %s %s %s %s", px(x), mid, px(tx), mid, px(tx), px(ty))
			x, y = tx, ty
		}
		for _, v := range ln.via {
			p := &l.vertices[v]
			curve(p.center(), p.y)
			y = p.y + p.height
			fmt.Fprintf(&d, "V%s", px(y))
		}
		curve(ends[i], l.vertices[ln.to].y)
		class, marker := "", "tip"
		switch {
		case ln.kind == edgeFn:
			class, marker = ` class="fn"`, "tipfn"
		case ln.kind == edgeBody:
			class = ` class="body"`
		case fig.folded.Rows[ln.to].inferred:
			class = ` class="inferred"`
		}
		fmt.Fprintf(w, `<path%s d="%s" marker-end="url(#%s)"/>`+"\n", class, d.String(), marker)
	}
}

// bottom is where a layer ends.
func (l *layout) bottom(layer int) float64 {
	if layer+1 < len(l.layers) {
		return l.vertices[l.layers[layer+1][0]].y - gapLayers
	}
	return 0
}

// px writes a coordinate, to a tenth of a pixel.
func px(v float64) string {
	s := fmt.Sprintf("%.1f", v)
	s = strings.TrimSuffix(s, ".0")
	if s == "-0" {
		return "0"
	}
	return s
}

// xmlText escapes s for the content of an element. What XML cannot hold becomes
// U+FFFD.
func xmlText(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '\n' || r == '\t' || ' ' <= r && r <= 0xd7ff || 0xe000 <= r && r <= 0xfffd || 0x10000 <= r && r <= 0x10ffff:
			b.WriteRune(r)
		default:
			b.WriteRune(utf8.RuneError)
		}
	}
	return b.String()
}
