// The pieces that sealing is built from, against the numbers in the documents that define them, and
// our own bodies and wraps against what they were when this was written.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  openBody,
  personTarget,
  readBody,
  readersOfTag,
  sealBody,
  draftPlace,
} from "../../src/client/sealing/body.ts";
import {
  identityFrom,
  idText,
  readPublics,
  unwrapSeeds,
  wrapSeeds,
} from "../../src/client/sealing/identity.ts";
import {
  agree,
  derive,
  isSigned,
  lock,
  pairFrom,
  sha256,
  sign,
  unlock,
} from "../../src/client/sealing/primitives.ts";
import { safetyNumber } from "../../src/client/sealing/safetyNumber.ts";

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ""), "hex");

test("X25519 agrees as in RFC 7748 §6.1, and with no key of low order", () => {
  const alice = pairFrom(
    "X25519",
    hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"),
  );
  const bob = pairFrom(
    "X25519",
    hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"),
  );
  assert.equal(
    alice.public.toString("hex"),
    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
  );
  assert.equal(
    bob.public.toString("hex"),
    "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
  );
  const shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
  assert.equal(agree(alice.secret, bob.public)?.toString("hex"), shared);
  assert.equal(agree(bob.secret, alice.public)?.toString("hex"), shared);
  assert.equal(agree(alice.secret, Buffer.alloc(32)), null);
});

test("Ed25519 signs as in RFC 8032 §7.1, tests 1 and 2", () => {
  const cases = [
    {
      seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      key: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
      message: "",
      signature:
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155" +
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    },
    {
      seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      key: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
      message: "72",
      signature:
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    },
  ];
  for (const { seed, key, message, signature } of cases) {
    const pair = pairFrom("Ed25519", hex(seed));
    assert.equal(pair.public.toString("hex"), key);
    assert.equal(sign(pair.secret, hex(message)).toString("hex"), signature);
    assert.ok(isSigned(pair.public, hex(message), hex(signature)));
    assert.ok(!isSigned(pair.public, hex(`${message}00`), hex(signature)));
  }
});

test("HKDF-SHA-256 derives as in RFC 5869 A.1", () => {
  const derived = derive(hex("0b".repeat(22)), {
    salt: hex("000102030405060708090a0b0c"),
    info: hex("f0f1f2f3f4f5f6f7f8f9"),
  });
  assert.equal(
    derived.toString("hex"),
    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf",
  );
});

test("ChaCha20-Poly1305 locks as in RFC 8439 §2.8.2, and opens nothing that was changed", () => {
  const text =
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, " +
    "sunscreen would be it.";
  const box = {
    key: hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"),
    nonce: hex("070000004041424344454647"),
    beside: hex("50515253c0c1c2c3c4c5c6c7"),
  };
  const locked = lock(box, Buffer.from(text));
  assert.equal(locked.subarray(0, 16).toString("hex"), "d31a8d34648e60db7b86afbc53ef7ec2");
  assert.equal(locked.subarray(-16).toString("hex"), "1ae10b594f09e26a7e902ecbd0600691");
  assert.equal(unlock(box, locked)?.toString(), text);
  for (let at = 0; at < locked.length; at += 7) {
    const changed = Buffer.from(locked);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.equal(unlock(box, changed), null, `byte ${at}`);
  }
  assert.equal(unlock({ ...box, beside: hex("50") }, locked), null);
});

const seedsOf = (fill: number): Buffer =>
  Buffer.concat([Buffer.alloc(32, fill), Buffer.alloc(32, fill + 100)]);
const alice = identityFrom(seedsOf(1));
const bob = identityFrom(seedsOf(2));
const client = "00112233445566778899aabbccddeeff";

function letterTo(reader: typeof bob, text = "hello"): Parameters<typeof sealBody>[0] {
  const place = { target: personTarget, named: true, client, request: 7 };
  return {
    tag: idText(reader.id),
    place,
    writer: alice,
    readers: [reader, alice],
    sequence: 3,
    text,
  };
}

test("a sealed body has the bytes that it had when this was written", () => {
  const body = sealBody(letterTo(bob), Buffer.alloc(64, 9));
  assert.equal(sha256(Buffer.from(body)).toString("hex"), golden.body);
  const wrapped = wrapSeeds(alice, { privateKey: Buffer.alloc(32, 5), nonce: Buffer.alloc(12, 6) });
  assert.equal(sha256(wrapped).toString("hex"), golden.wrap);
  assert.equal(sha256(alice.publics).toString("hex"), golden.publics);
  const sides = [
    { name: "alice", signing: alice.signing },
    { name: "bob", signing: bob.signing },
  ] as const;
  assert.equal(safetyNumber(sides[0], sides[1]), golden.number);
  assert.equal(safetyNumber(sides[1], sides[0]), golden.number, "the same on both sides");
});

const golden = {
  body: "cc1a95c3b14ded1b1aab09156c45ccf7b25e0f76033c6ef476990f8bdc76ddb6",
  wrap: "ba89ab6cc65e33de9a105cba30017432dfdfddb94d5ad022d736dedfafa4d289",
  publics: "666511d49fd8afcf63be7f8cf1fd7117f27befaa809c89d2f87b3d8e61ed793e",
  number: "10754 22925 14294 28784 65737 31378 46124 73189 88530 36297 31450 16942",
};

test("a body opens for its reader and its writer, and for nobody else", () => {
  const letter = letterTo(bob, "grüße 👋");
  const cut = readBody(sealBody(letter, Buffer.alloc(64, 9)));
  assert.ok(cut !== null);
  const reading = {
    place: letter.place,
    readersOf: (writer: Buffer) => readersOfTag(letter.tag, writer),
  };
  for (const reader of [alice, bob]) {
    const opened = openBody(cut.bytes, { ...reading, reader });
    assert.ok(typeof opened !== "string", String(opened));
    assert.equal(opened.text, "grüße 👋");
    assert.equal(opened.sequence, 3);
    assert.ok(opened.writer.equals(alice.signing));
  }
  assert.equal(
    openBody(cut.bytes, { ...reading, reader: identityFrom(seedsOf(3)) }),
    "not-for-you",
  );
});

test("no byte of a body can be changed, cut off or added, and no place of it either", () => {
  const letter = letterTo(bob);
  const { bytes } = readBody(sealBody(letter, Buffer.alloc(64, 9))) ?? { bytes: Buffer.alloc(0) };
  const open = (changed: Buffer, place = letter.place, tag = letter.tag): unknown =>
    openBody(changed, { reader: bob, place, readersOf: (writer) => readersOfTag(tag, writer) });
  assert.equal(typeof open(bytes), "object");
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 0x40;
    assert.equal(typeof open(changed), "string", `byte ${at}`);
    assert.equal(typeof open(bytes.subarray(0, at)), "string", `${at} bytes`);
  }
  assert.equal(typeof open(Buffer.concat([bytes, Buffer.of(0)])), "string");
  const { place } = letter;
  assert.equal(open(bytes, { ...place, request: 8 }), "bad-signature");
  assert.equal(open(bytes, { ...place, client: client.replace("0", "1") }), "bad-signature");
  assert.equal(open(bytes, { ...place, request: Number.MAX_SAFE_INTEGER }), "bad-signature");
  assert.equal(open(bytes, draftPlace("bob")), "damaged");
  assert.equal(open(bytes, place, idText(identityFrom(seedsOf(3)).id)), "bad-signature");
});

test("public keys are believed only with their own signature, and never one of low order", () => {
  assert.ok(readPublics(bob.publics)?.agreement.equals(bob.agreement));
  const mixed = Buffer.concat([bob.publics.subarray(0, 32), alice.publics.subarray(32)]);
  assert.equal(readPublics(mixed), null);
  assert.equal(readPublics(bob.publics.subarray(1)), null);
  const low = Buffer.alloc(32);
  const vouched = Buffer.concat([Buffer.from("replichat identity 1"), low]);
  const signature = sign(bob.secrets.signing.secret, vouched);
  assert.equal(readPublics(Buffer.concat([bob.signing, low, signature])), null);
});

test("private keys come out of a wrap with the password's key alone, and for their publics alone", () => {
  const privateKey = Buffer.alloc(32, 5);
  const wrapped = wrapSeeds(alice, { privateKey, nonce: Buffer.alloc(12, 6) });
  const { publics } = alice;
  assert.ok(unwrapSeeds(wrapped, { publics, privateKey })?.publics.equals(publics));
  assert.equal(unwrapSeeds(wrapped, { publics, privateKey: Buffer.alloc(32, 4) }), null);
  assert.equal(unwrapSeeds(wrapped, { publics: bob.publics, privateKey }), null);
  assert.equal(unwrapSeeds(wrapped.subarray(0, 40), { publics, privateKey }), null);
  assert.equal(unwrapSeeds(Buffer.alloc(0), { publics, privateKey }), null);
  assert.ok(!wrapped.includes(alice.seeds.subarray(0, 32)));
});
