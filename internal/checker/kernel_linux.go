package checker

// LimitsText says what bounds a check on this system.
const LimitsText = "it ends itself when it is over its processor time or memory, and the kernel bounds memory too"
