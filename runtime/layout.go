package trace

import "sort"

// A layered drawing, of our own because this package imports the standard
// library only, after K. Sugiyama, S. Tagawa and M. Toda, Methods for
// Visual Understanding of Hierarchical System Structures (1981): vertices are
// put into layers, the layers are ordered so that few edges cross, and the
// vertices get coordinates that keep the order.
//
// A graph of values needs two things that are not in there. An edge that leads
// over many layers is no line but a reference at its end, because a parameter
// that is used everywhere would cover the drawing with lines; and layers have
// a limited width, because there can be thousands of inputs. Together they bound
// what is computed: all is linear in vertices and edges, but for the sorting
// within layers.

const (
	layerWidth = 8  // vertices in a layer
	layerSpan  = 4  // layers that a line leads over, at most
	layerLines = 12 // edges of a box beyond which only the nearest are lines
	sweeps     = 6  // of ordering, and of placing
)

// A layout places boxes. The first vertices are the boxes, in topological
// order; the others are where lines pass a layer.
type layout struct {
	vertices []place
	layers   [][]int32 // from top to bottom, each from left to right
	lines    []line
	refs     [][]boxEdge // by box: edges that are not drawn as lines
}

// place is a vertex with its box.
type place struct {
	width, height float64
	x, y          float64 // left, top
	layer, order  int
	up, down      []int32 // neighbours in the layers above and below
	passing       bool    // a line passes here
}

func (p *place) center() float64 { return p.x + p.width/2 }

// line is an edge that is drawn.
type line struct {
	from, to int32
	via      []int32 // where it passes layers
	kind     edgeKind
}

type edgeKind uint8

const (
	edgeIn      edgeKind = iota // a value
	edgeFn                      // the function that is called
	edgeBody                    // what the inside of a call made
	edgeCarried                 // a value of an earlier execution
)

type boxEdge struct {
	from int32
	kind edgeKind
}

// newLayout puts boxes into layers; sizes come later, because what a box holds
// depends on which edges are lines. Edges by box; those that do not come from a
// lower box are carried.
func newLayout(edges [][]boxEdge) *layout {
	l := &layout{vertices: make([]place, len(edges)), refs: make([][]boxEdge, len(edges))}
	l.rank(edges)
	l.connect(edges)
	return l
}

// rank assigns layers: each box as low as its users let it, so that an input
// stands above its first use; a full layer pushes upwards. This is the second
// phase of E. G. Coffman and R. L. Graham, Optimal Scheduling for Two-Processor
// Systems (1972), with the order of execution in place of their labels.
func (l *layout) rank(edges [][]boxEdge) {
	height := make([]int, len(edges)) // above the bottom; from 1 when it is known
	var count []int                   // by height
	var next []int                    // by height: a guess of the next layer with room
	room := func(h int) int {
		for len(count) <= h {
			count = append(count, 0)
			next = append(next, len(next))
		}
		top := h
		for top < len(next) && next[top] != top {
			top = next[top]
		}
		for len(count) <= top {
			count = append(count, 0)
			next = append(next, len(next))
		}
		for h != top { // shorten the way for others
			h, next[h] = next[h], top
		}
		return top
	}
	for i := len(edges) - 1; i >= 0; i-- {
		h := room(height[i])
		if count[h]++; count[h] == layerWidth {
			next[h] = h + 1
		}
		height[i] = h
		for _, e := range edges[i] {
			if int(e.from) < i && height[e.from] <= h {
				height[e.from] = h + 1
			}
		}
	}
	top := 0
	for _, h := range height {
		if h > top {
			top = h
		}
	}
	if len(edges) > 0 {
		l.layers = make([][]int32, top+1)
	}
	for i, h := range height {
		l.add(int32(i), top-h)
	}
}

func (l *layout) add(v int32, layer int) {
	p := &l.vertices[v]
	p.layer, p.order = layer, len(l.layers[layer])
	l.layers[layer] = append(l.layers[layer], v)
}

// connect makes lines of short edges and references of the others.
func (l *layout) connect(edges [][]boxEdge) {
	users := make([]int, len(edges))
	for _, list := range edges {
		for _, e := range list {
			users[e.from]++
		}
	}
	for i, list := range edges {
		for _, e := range list {
			span := l.vertices[i].layer - l.vertices[e.from].layer
			busy := len(list) > layerLines || users[e.from] > layerLines
			if e.kind == edgeCarried || span > layerSpan || busy && span > 1 {
				l.refs[i] = append(l.refs[i], e)
				continue
			}
			ln := line{from: e.from, to: int32(i), kind: e.kind}
			above := e.from
			for k := 1; k < span; k++ {
				v := int32(len(l.vertices))
				l.vertices = append(l.vertices, place{width: 8, passing: true})
				l.add(v, l.vertices[e.from].layer+k)
				l.join(above, v)
				ln.via = append(ln.via, v)
				above = v
			}
			l.join(above, int32(i))
			l.lines = append(l.lines, ln)
		}
	}
}

func (l *layout) join(above, below int32) {
	l.vertices[above].down = append(l.vertices[above].down, below)
	l.vertices[below].up = append(l.vertices[below].up, above)
}

// order sorts the layers by the barycentres of their neighbours, downwards and
// upwards in turn, and keeps the best order met (Sugiyama et al., section III).
func (l *layout) order() {
	best, fewest := l.orders(), l.crossings()
	for s := 0; s < sweeps && fewest > 0; s++ {
		if s%2 == 0 {
			for k := 1; k < len(l.layers); k++ {
				l.sortLayer(k, func(p *place) []int32 { return p.up })
			}
		} else {
			for k := len(l.layers) - 2; k >= 0; k-- {
				l.sortLayer(k, func(p *place) []int32 { return p.down })
			}
		}
		if c := l.crossings(); c < fewest {
			best, fewest = l.orders(), c
		}
	}
	for k, layer := range best {
		l.layers[k] = layer
		for i, v := range layer {
			l.vertices[v].order = i
		}
	}
}

func (l *layout) orders() [][]int32 {
	list := make([][]int32, len(l.layers))
	for i, layer := range l.layers {
		list[i] = append([]int32(nil), layer...)
	}
	return list
}

func (l *layout) sortLayer(k int, neighbours func(*place) []int32) {
	layer := l.layers[k]
	weight := make(map[int32]float64, len(layer))
	for i, v := range layer {
		list := neighbours(&l.vertices[v])
		if len(list) == 0 {
			weight[v] = float64(i)
			continue
		}
		sum := 0.0
		for _, u := range list {
			sum += float64(l.vertices[u].order)
		}
		weight[v] = sum / float64(len(list))
	}
	sort.SliceStable(layer, func(i, j int) bool { return weight[layer[i]] < weight[layer[j]] })
	for i, v := range layer {
		l.vertices[v].order = i
	}
}

// crossings counts the crossings of lines: inversions, by the accumulator tree
// of W. Barth, M. Jünger and P. Mutzel, Simple and Efficient Bilayer Cross
// Counting (2002).
func (l *layout) crossings() int {
	total := 0
	for k := 0; k+1 < len(l.layers); k++ {
		tree := make([]int, len(l.layers[k+1])+1)
		ends := 0
		for _, v := range l.layers[k] {
			var below []int
			for _, u := range l.vertices[v].down {
				below = append(below, l.vertices[u].order)
			}
			for _, o := range below { // lines that ended further right before
				passed := 0
				for i := o + 1; i > 0; i -= i & -i {
					passed += tree[i]
				}
				total += ends - passed
			}
			for _, o := range below {
				ends++
				for i := o + 1; i < len(tree); i += i & -i {
					tree[i]++
				}
			}
		}
	}
	return total
}

// Distances in pixels.
const (
	gapBoxes  = 28
	gapLines  = 14
	gapLayers = 44
)

// settle gives all vertices their coordinates, once the boxes have their sizes.
// It returns the size of the whole.
func (l *layout) settle() (width, height float64) {
	for _, layer := range l.layers {
		x, tall := 0.0, 0.0
		for i, v := range layer {
			p := &l.vertices[v]
			if i > 0 {
				x += l.gap(layer[i-1], v)
			}
			p.x, p.y = x, height
			x += p.width
			if p.height > tall {
				tall = p.height
			}
		}
		for _, v := range layer {
			p := &l.vertices[v]
			p.x -= x / 2 // all layers have one middle to begin with
			if p.passing {
				p.height = tall
			}
		}
		height += tall + gapLayers
	}
	for s := 0; s < sweeps; s++ {
		if s%2 == 0 {
			for k := 1; k < len(l.layers); k++ {
				l.pull(k, func(p *place) []int32 { return p.up })
			}
		} else {
			for k := len(l.layers) - 2; k >= 0; k-- {
				l.pull(k, func(p *place) []int32 { return p.down })
			}
		}
	}
	left := 0.0
	for i := range l.vertices {
		if p := &l.vertices[i]; i == 0 || p.x < left {
			left = p.x
		}
	}
	for i := range l.vertices {
		p := &l.vertices[i]
		p.x -= left
		if right := p.x + p.width; right > width {
			width = right
		}
	}
	if height > 0 {
		height -= gapLayers
	}
	return width, height
}

func (l *layout) gap(a, b int32) float64 {
	if l.vertices[a].passing && l.vertices[b].passing {
		return gapLines
	}
	return gapBoxes
}

// pull moves a layer to where its neighbours want it: as near to their middles
// as the order and the distances allow, in the sense of least squares. That is
// isotonic regression, solved by pooling adjacent violators (R. E. Barlow et
// al., Statistical Inference under Order Restrictions, 1972, section 1.2).
func (l *layout) pull(k int, neighbours func(*place) []int32) {
	layer := l.layers[k]
	type pool struct {
		sum, weight float64
		count       int
	}
	var pools []pool
	offset := 0.0
	offsets := make([]float64, len(layer))
	for i, v := range layer {
		p := &l.vertices[v]
		if i > 0 {
			offset += l.vertices[layer[i-1]].width + l.gap(layer[i-1], v)
		}
		offsets[i] = offset
		want, weight := p.x, 0.1
		if list := neighbours(p); len(list) > 0 {
			want = 0
			for _, u := range list {
				want += l.vertices[u].center()
			}
			want = want/float64(len(list)) - p.width/2
			weight = float64(len(list))
			if p.passing {
				weight *= 4 // straight lines first
			}
		}
		pools = append(pools, pool{(want - offset) * weight, weight, 1})
		for n := len(pools); n > 1 && pools[n-2].sum/pools[n-2].weight > pools[n-1].sum/pools[n-1].weight; n-- {
			a, b := pools[n-2], pools[n-1]
			pools = append(pools[:n-2], pool{a.sum + b.sum, a.weight + b.weight, a.count + b.count})
		}
	}
	i := 0
	for _, pl := range pools {
		for n := 0; n < pl.count; n++ {
			l.vertices[layer[i]].x = pl.sum/pl.weight + offsets[i]
			i++
		}
	}
}
