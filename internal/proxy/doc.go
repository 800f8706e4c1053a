// Package proxy stands between a program under training and the language model
// that the program asks.
//
// A [Proxy] listens on the loopback interface. The program gets its address as
// OPENAI_BASE_URL and a random token as OPENAI_API_KEY, both from a [Lease],
// which belongs to one evaluation and ends with it. The proxy checks the token,
// puts the real key in its place, and passes the request on, so that the key is
// neither in the program's environment nor in a recording.
//
// No request is made whose worst case does not fit into what is left of the
// budget. A program that was refused for that, or that asks a replay for
// something that was not recorded, gets an error like a server's; and as its
// result says nothing about the candidate then, the lease says why.
//
// Answers are kept in a [Store], by what was asked and by how many equal
// requests the same lease had sent before: a program that asks the same question
// five times to take a vote gets five answers, the same five in every
// evaluation. What was asked is the method, the path and the body, in which the
// order of keys and white space between them do not matter. Whole answers are
// kept, and refusals that would be the same again; failures and answers that
// broke off are passed on and not kept. A request that has been sent is waited
// for even if the program has ended, as it has to be paid for.
package proxy
