// Package search is the embedded optimizer: it needs no language model, no
// network and no configuration, and it is the default when no model is
// configured. What it proposes comes from the parameter's own typed syntax,
// from what the failing cases said and were given, and from the history of
// attempts. It knows no library of repairs.
//
// # Values
//
// A trainable number is searched along its axis within min, max and step:
// neighbours, doubles and halves first, then numbers mined from the feedback
// ("got 10, want 12" gives the difference, the ratio and both numbers; the
// lengths of wanted strings count as numbers), bounds, zero and one. An
// accepted step gives a direction, which is doubled while it pays and halved
// when it does not; known worse points bracket the best one and are bisected;
// where cases only pass or fail, the widest untried gap is split. Choices are
// tried in their order, booleans flipped, enumerations replaced by the
// package's other constants of the type. Strings are edited a little and
// replaced by mined ones. Elements of composite literals are values each.
//
// # Bodies
//
// A function body is changed by one edit at a time: an operator by another of
// its class, a condition negated or extended, a constant or a bound moved by
// one, a constant, variable, field, function or method by another of the
// identical type, arguments and operands swapped, a value passed through a
// function of its type or taken out of one, integer division rounded
// otherwise, := and =, break and continue exchanged, statements removed or
// reordered, an early return added. Look-alikes come first (TrimRight and
// TrimSuffix, Index and LastIndex).
//
// A body that only stands in for one (it returns constants or panics) is
// synthesized: expressions over the parameters, their fields, mined constants
// and the functions of the package and of the imported packages, by growing
// size. Attempts that each mended some of the cases are joined, if need be by
// a condition on the parameters.
//
// # Order
//
// Every edit has a weight from the kind of mistake it mends. Where it is known
// which lines the cases ran, those that failing ones ran and passing ones did not
// weigh more, by Ochiai's coefficient, and those that no failing case ran next to
// nothing; parameters that no feedback reached weigh less. Attempts move the weights of their place and kind. Earlier partial
// repairs are repeated on a new base, and joined when they mended different
// cases; a half repair (some mended, some broken) is combined with a second
// edit; blind pairs come last.
//
// # Promises
//
// A proposal type-checks in its package, keeps the imports of its file as
// they are, is gofmt-clean, keeps the layout and the comments of everything
// untouched, passes Problem.Check, and differs in more than layout from the
// current source, from every attempt of the history and from every other
// proposal. The same problem gives the same proposals; Problem.Seed decides
// between edits of equal weight.
//
// # Limits
//
// A parameter without typed syntax is left alone, unless it is a value of one
// of the language's own types. Loops are edited, never invented. What one
// call looks at is bounded, so a call takes seconds at most.
package search
