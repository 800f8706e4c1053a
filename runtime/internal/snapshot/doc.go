// Package snapshot writes bounded pictures of Go values, in Go syntax.
//
// A recorder looks at values that belong to somebody else's running program,
// so a snapshot obeys rules that fmt's %#v does not:
//
//   - No method of the value is ever called: not String, GoString, MarshalText or
//     Format. They may lock, recurse, panic or have effects. Error is, if the user
//     asks for it.
//   - No address is ever shown, so that two runs of a program give the same
//     text. Channels, functions and unsafe pointers appear as their type.
//   - Size and work are bounded by [Limits], whatever the value: huge slices,
//     deep trees, cycles, megabytes of text.
//   - Maps are sorted by key. One that is too large to sort is shown by its
//     length alone.
//   - A struct that contains a lock, an atomic or a channel is not looked into,
//     nor is a pointer to one followed: reading it without holding the lock
//     would be a data race in a program that has none. It appears as T{…} or
//     &T{…}. A lock that lies elsewhere than the data cannot be known; where
//     values may be shared and need not be followed, [Shallow] never races.
//
// What was left out is always said: "… 12 more" in a list, "… 300 more bytes"
// behind a string, "{…}" for a value beyond the depth limit. The ellipsis is
// never inside quotation marks, so it cannot be mistaken for data.
//
// The type of a value is written once, at the top, and elided inside elements
// of slices, arrays and maps as gofmt -s would:
//
//	[]agent.Coord{{X: 3, Y: 4}, {X: 5, Y: 6}}
//	&agent.Plan{Name: "west", Target: agent.Coord{X: 3, Y: 4}}
//	map[string]float64{"a": 0.5, "b": math.Inf(1)}
//	errors.New("no move left")
//
// A pointer to something that is not a composite literal uses the form of
// new that takes a value: new(3).
package snapshot
