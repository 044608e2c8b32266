// What is said of a message that is not as it should be, in words: PURE. A doubt that hides the
// text stands in its place; the others stand beside it. What is wrong is found out in reading.ts.

export interface Doubt {
  /** "plain" for what was not sealed, which is no fault. */
  readonly code: string;
  readonly words: string;
  readonly hidesText: boolean;
}

export const notSealed: Doubt = { code: "plain", words: "not sealed", hidesText: false };

export function plainThough(name: string): Doubt {
  const words = `not sealed, although ${name} has keys: anybody on the way may have written this`;
  return { code: "plain", words, hidesText: false };
}

export const damaged = hiding(
  "damaged",
  "This message cannot be opened: it was damaged or changed on its way.",
);

export const notForYou = hiding(
  "not-for-you",
  "This message was sealed for somebody else, and cannot be opened with your keys.",
);

export const badSignature = hiding(
  "bad-signature",
  "This message is not what its writer signed: it was changed, copied or shown in another place.",
);

export const wrongWriter = hiding(
  "wrong-writer",
  "This message was not written by whom the servers say it is from.",
);

export const noKeysHere = hiding(
  "no-keys",
  "This message is sealed, and your keys could not be opened here.",
);

export const outOfOrder = hiding(
  "out-of-order",
  "A message that was written before others, and should have come before them, stood here: " +
    "the servers have repeated or reordered messages.",
);

export const missingBefore: Doubt = {
  code: "missing-before",
  words: "a message before this one is missing",
  hidesText: false,
};

export const shownBefore: Doubt = {
  code: "shown-before",
  words: "shown on this machine before",
  hidesText: false,
};

export function unknownKey(name: string): Doubt {
  const words = `signed with a key that was not ${name}'s here`;
  return { code: "unknown-key", words, hidesText: false };
}

export function presentKey(name: string): Doubt {
  const words = `signed with the key of whoever is called ${name} now`;
  return { code: "present-key", words, hidesText: false };
}

/** Whoever stood between two people before they compared has such a key. */
export function formerKey(name: string): Doubt {
  const words = `signed with a key that was known as ${name}'s before, and is not any more`;
  return { code: "former-key", words, hidesText: false };
}

export const otherGroup: Doubt = {
  code: "other-group",
  words: "written for another group than this",
  hidesText: false,
};

export function keyNotAccepted(name: string): Doubt {
  return hiding(
    "key-changed",
    `This message was signed with another key than the one known here as ${name}'s. ` +
      `verify ${name} shows the new number.`,
  );
}

export function keyOfAnother(name: string, other: string): Doubt {
  return hiding(
    "key-of-another",
    `This message was signed with the key known here as ${other}'s: ${name} may be ${other} ` +
      `under another name, or the servers lie. verify ${name} yes takes it for ${name}'s.`,
  );
}

function hiding(code: string, words: string): Doubt {
  return { code, words, hidesText: true };
}
