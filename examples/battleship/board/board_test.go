package board

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// squares lists all squares of a board.
func squares(size int) []string {
	var list []string
	for row := range size {
		for col := range size {
			list = append(list, square(row, col))
		}
	}
	return list
}

// TestGame: whoever shoots at every square, in whatever order, hits as many squares
// as the fleet has, sees them on the map, and the ships lie as the rules say.
func TestGame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := rapid.SampledFrom([]Rules{Small, Full}).Draw(t, "rules")
		b := New(rules, rapid.Uint64().Draw(t, "seed"))
		want := 0
		for _, ship := range rules.Fleet {
			want += ship.Length
		}
		hits := 0
		for _, s := range rapid.Permutation(squares(rules.Size)).Draw(t, "order") {
			if b.Over() {
				break
			}
			hit, err := b.Shoot(s)
			if err != nil {
				t.Fatal(err)
			}
			if hit {
				hits++
			}
		}
		if hits != want || b.Hits() != want || !b.Over() {
			t.Fatalf("%d hits of %d, counted as %d; over: %v", hits, want, b.Hits(), b.Over())
		}
		if n := strings.Count(strings.Join(b.Map(), ""), string(Hit)); n != want {
			t.Fatalf("the map shows %d hits, not %d:\n%s", n, want, strings.Join(b.Map(), "\n"))
		}
		for i, ship := range rules.Fleet {
			var at [][2]int
			for row := range rules.Size {
				for col := range rules.Size {
					if b.ship[row][col] == i+1 {
						at = append(at, [2]int{row, col})
					}
				}
			}
			first, last := at[0], at[len(at)-1]
			if len(at) != ship.Length || last[0]-first[0]+last[1]-first[1] != ship.Length-1 || first[0] != last[0] && first[1] != last[1] {
				t.Fatalf("the %s lies at %v", ship.Name, at)
			}
			if place := square(first[0], first[1]) + "-" + square(last[0], last[1]); b.places[i] != place {
				t.Fatalf("the %s is said to be at %s and is at %s", ship.Name, b.places[i], place)
			}
		}
	})
}

// TestSeed: a seed stands for one board, and others for others.
func TestSeed(t *testing.T) {
	different := 0
	for seed := range uint64(20) {
		a, b := New(Full, seed), New(Full, seed)
		if d := cmp.Diff(a.ship, b.ship); d != "" {
			t.Fatalf("seed %d gives two boards:\n%s", seed, d)
		}
		if cmp.Diff(a.ship, New(Full, seed+1).ship) != "" {
			different++
		}
	}
	if different != 20 {
		t.Errorf("%d of 20 seeds give the board of the next one", 20-different)
	}
}

func TestShoot(t *testing.T) {
	// One ship, which covers A1 and A2 or A1 and B1 or …: 4 squares.
	b := New(Rules{Size: 2, Fleet: []Ship{{"raft", 1}}, Shots: 7}, 3)
	var at string
	for _, s := range squares(2) {
		if row, col, _ := b.parse(s); b.ship[row][col] != 0 {
			at = s
		}
	}
	var water []string
	for _, s := range squares(2) {
		if s != at {
			water = append(water, s)
		}
	}
	const not = ` is not a square: a letter for the row, A to B, and a number for the column, 1 to 2, as in "B1"`
	for i, tt := range []struct {
		target string
		hit    bool
		err    string
	}{
		{"", false, `""` + not},
		{"C1", false, `"C1"` + not},
		{"a1", false, `"a1"` + not},
		{water[0], false, ""},
		{water[0], false, water[0] + " was shot at before"},
		{at, true, ""},
	} {
		hit, err := b.Shoot(tt.target)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if hit != tt.hit || text != tt.err {
			t.Errorf("shot %d at %q: %v, %q; want %v, %q", i+1, tt.target, hit, text, tt.hit, tt.err)
		}
		if b.Shots() != i+1 {
			t.Errorf("%d shots are counted after %d", b.Shots(), i+1)
		}
		if b.Over() != (i == 5) || b.Sunk() != (i == 5) {
			t.Errorf("after shot %d: over %v, sunk %v", i+1, b.Over(), b.Sunk())
		}
	}
	if got, want := b.Summary(), "1 of 1 squares with ships hit by 6 shots. The ships: raft of 1 squares at "+at+"-"+at+"."; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// TestPass: turns without a shot count, and end the game.
func TestPass(t *testing.T) {
	b := New(Small, 1)
	for range Small.Shots {
		if b.Over() {
			t.Fatal("over too early")
		}
		b.Pass()
	}
	if !b.Over() || b.Sunk() || b.Shots() != Small.Shots {
		t.Errorf("over %v, sunk %v, %d shots", b.Over(), b.Sunk(), b.Shots())
	}
}

// TestMapIsACopy: whoever is given a map cannot change the board by it.
func TestMapIsACopy(t *testing.T) {
	b := New(Small, 1)
	b.Map()[0] = "XXXXX"
	if got := b.Map()[0]; got != "....." {
		t.Errorf("the map is %q", got)
	}
}

// TestPlay: a player who never names a square spends all shots.
func TestPlay(t *testing.T) {
	b := New(Small, 1)
	turns := 0
	b.Play(func([]string) string { turns++; return "" })
	if turns != Small.Shots || !b.Over() || b.Hits() != 0 {
		t.Errorf("%d turns, over %v, %d hits", turns, b.Over(), b.Hits())
	}
}
