// Package report says what a run did, for people who decide about its result:
// as Markdown for the body of a pull request, as the message of a commit, and as
// JSON. A report is made from the journal alone, so it can be made anywhere, also
// of a run that was stopped.
//
// # What others wrote
//
// A model, a program and its tests wrote much of what a report quotes. All of it
// stands in code spans and code blocks and nowhere else, with everything that
// does not print spelled out, so that it can neither look like a part of the
// report nor mention, link or close anything on the site that shows it.
//
// # JSON
//
// The field names of [Report] are stable, and docs/report.md describes them.
// Fields are added without a new version; one that is removed, or means
// something else, comes with a new one.
package report
