// The bounds of what people keep and share beyond single messages. What else the product keeps to
// stands in limits.ts.

/** Of each account: which of its drafts were sent, and as what, in case a fork sent them, too. */
export const sentDraftsKept = 1_000;
