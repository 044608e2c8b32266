// Commands for tests in which nobody asks what they mean: each a request of its own, well-formed,
// from a client that nobody knows.

import { asClientId } from "../../src/base/ids.ts";
import { encodePayload, opcodeOf } from "../../src/wire/codec.ts";
import type { CommandBytes } from "../../src/wire/record.ts";

let request = 0;

export function commandFor(text: string): CommandBytes {
  request += 1;
  const fields = { request, received: 0, to: "bob", format: "p", body: text } as const;
  const payload = encodePayload({ type: "send", ...fields });
  return { client: asClientId("ab".repeat(16)), opcode: opcodeOf("send"), payload };
}
