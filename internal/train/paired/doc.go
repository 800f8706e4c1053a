// Package paired decides whether one program measures, or scores, better than
// another.
//
// Both are measured in rounds, one right after the other and in random order,
// so that what the machine does meanwhile meets both alike. What counts of a
// round is the gain, positive where the second program is better. It has one of
// two scales. Of what benchmarks measure it is the logarithm of the ratio of the
// two values; the gain of several quantities is the weighted mean of theirs, so its
// ratio is the weighted geometric mean of the ratios. Of scores, which may be zero
// or below, it is the difference of the two values.
//
// Estimates are those of Hodges and Lehmann for ratios, because a machine disturbs
// a measurement now and then by far more than usual, which says nothing about the
// program. An unusual score is no disturbance: the mean is what is wanted of them,
// so the estimate of differences is their mean, and the interval is widened to hold
// it. A program that is better as a rule, and seldom so bad that it is worse on the
// whole, is then not taken for better as soon as that was seen once.
//
// # Decision
//
// If both programs gave the same values in each of the first three rounds,
// nothing varies, and the values themselves decide. Otherwise the gain is
// judged by the distribution-free confidence interval that belongs to
// Wilcoxon's signed-rank test (Hollander, Wolfe, Chicken: Nonparametric
// Statistical Methods, 3rd edition, section 3.3), at up to five looks, after 8,
// 12, 18, 27 and 40 rounds. The second program is better if the whole interval
// lies above the gain that is needed.
//
// The level is shared among the looks (Bonferroni): one side of the interval
// has 0.5 % at each, 2.5 % in all. Of two programs that do not differ at all, a
// round is as likely to favour the one as the other, whatever the distribution
// of the noise, so the signed-rank test is exact for them. That three values
// each agree by chance and still differ between the programs has at most the
// probability 1/32, half of it in favour of the second. Both together are less
// than 5 %: that is the [Confidence].
//
// A comparison that is not going to succeed is ended early: when none of three
// rounds showed the gain that is needed, or from the fifth on the estimate does
// not. Giving up early never makes a false success likelier.
package paired
