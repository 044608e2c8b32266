// What a field may be made of, whatever its kind: the codec looks for other bytes only in what was
// refused already. What each kind means stands in wireFields.test.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeField, type FieldKind } from "../../src/wire/fields.ts";

const valid: Readonly<Record<FieldKind, string>> = {
  uint: "12", op: "12", ballot: "12", server: "1", incarnation: "12", chain: "12", account: "12",
  text: "ab", escaped: "ab", hex: "abcd", bytes: "QUJD", flag: "1", client: "0123".repeat(8),
  uints: "1,2", servers: "1,2", incarnations: "1,2", texts: "a,b",
}; // prettier-ignore

for (const kind of Object.keys(valid) as FieldKind[]) {
  test(`a field of kind ${kind} holds no byte outside printable ASCII`, () => {
    const field = valid[kind];
    assert.notEqual(decodeField(kind, field), undefined);
    for (let byte = 0; byte < 256; byte += 1) {
      if (byte >= 0x20 && byte <= 0x7e) continue;
      const letter = String.fromCharCode(byte);
      for (let at = 0; at <= field.length; at += 1) {
        const within = field.slice(0, at) + letter + field.slice(at);
        const instead = field.slice(0, at) + letter + field.slice(at + 1);
        assert.equal(decodeField(kind, within), undefined, `byte ${byte} at ${at}`);
        assert.equal(decodeField(kind, instead), undefined, `byte ${byte} for the one at ${at}`);
      }
      assert.equal(decodeField(kind, letter), undefined, `byte ${byte} alone`);
    }
  });
}
