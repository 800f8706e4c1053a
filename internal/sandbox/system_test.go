//go:build linux

package sandbox

import "testing"

func TestFreeID(t *testing.T) {
	const all = "         0          0 4294967295\n"
	for _, c := range []struct {
		name          string
		used          map[int]bool
		users, groups string
		want          int
	}{
		{"no maps", nil, "", "", 64900},
		{"everybody", nil, all, all, 64900},
		{"some are used", map[int]bool{64900: true, 64899: true}, all, all, 64898},
		{"a range", nil, "0 1000 1\n1 100000 65536\n", "0 1000 1\n1 100000 65536\n", 64900},
		{"a small range", nil, "0 1000 1\n1 100000 5000\n", all, 5000},
		{"groups of another range", nil, "0 100000 5000\n", "0 100000 3000\n", 2999},
		{"alone", nil, "0 1000 1\n", "0 1000 1\n", 0},
		{"nobody in common", nil, "0 100000 5000\n", "6000 100000 5000\n", 0},
	} {
		if got := freeID(c.used, c.users, c.groups); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
