// What stands above the half-typed line, drawn over and over: no row is lost, none is there twice,
// whatever arrives, changes its mark, grows or is cleared. Read off an emulated screen.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asClientId } from "../../src/base/ids.ts";
import { makePrng, type Prng } from "../../src/base/prng.ts";
import { cellsOf } from "../../src/client/cells.ts";
import { lineOf } from "../../src/client/line.ts";
import { type Drawn, layOut, type Live, nothingDrawn, paint } from "../../src/client/screen.ts";
import { Transcript } from "../../src/client/transcript.ts";
import type { View } from "../../src/client/views.ts";
import { wrap } from "../../src/client/wrap.ts";
import { ScreenEmulator } from "../support/screenEmulator.ts";
import { universalTime } from "../support/simFaces.ts";

const client = asClientId("ab".repeat(16));
const style = { tellTime: universalTime, rich: true, colour: true, times: true };
const pieces = ["plain words ", "日本語の文", "e\u0301e\u0301 ", "x".repeat(30), "😀 ", "a ", "…"];

class Scene {
  readonly screen: ScreenEmulator;
  readonly transcript = new Transcript(() => style, 0);
  readonly tokens: string[] = [];
  readonly #prng: Prng;
  #drawn: Drawn = nothingDrawn;
  live: Live = { pending: [], prompt: "bob> ", line: lineOf(""), hidden: false };
  readonly sent: (View & { readonly kind: "sent" })[] = [];

  constructor(seed: number, columns: number, rows: number) {
    this.#prng = makePrng(seed);
    this.screen = new ScreenEmulator({ columns, rows });
  }

  below(count: number): number {
    return this.#prng.below(count);
  }

  text(): string {
    return Array.from({ length: this.below(9) }, () => pieces[this.below(pieces.length)]).join("");
  }

  show(view: View): void {
    this.transcript.show(view, this.screen);
  }

  say(): void {
    const token = `T${this.tokens.length}T`;
    this.tokens.push(token);
    const text = `${token} ${this.text()}`;
    if (this.below(2) === 0) return this.show({ kind: "note", text });
    const id = { client, request: this.tokens.length };
    const view = { kind: "sent", id, to: "al", text, status: "stored", atMs: 1_000 } as const;
    this.sent.push(view);
    this.show(view);
  }

  mark(): void {
    const sent = this.sent[this.below(Math.max(1, this.sent.length))];
    if (sent === undefined) return;
    const { id, to } = sent;
    // Told in a line of its own, a mark does not repeat the text here.
    this.show({ kind: "status", id, to, status: "read", text: "that" });
  }

  draw(): void {
    const layout = layOut(this.live, this.screen);
    const said = this.transcript.take(this.screen, layout.rows.length);
    const { bytes, drawn } = paint(this.#drawn, said, layout, this.screen);
    this.#drawn = drawn;
    this.screen.write(bytes);
  }

  /** Everything ever drawn, from the top. */
  rows(): readonly string[] {
    return [...this.screen.above, ...this.screen.lines()];
  }
}

test("whatever happens, each line stands on the screen once and in order, and the typed one last", () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const scene = new Scene(seed, 20 + ((seed * 7) % 41), 4 + (seed % 20));
    for (let turn = 0; turn < 60; turn += 1) {
      const what = scene.below(4);
      if (what === 0) scene.say();
      if (what === 1) scene.mark();
      if (what === 2) {
        const text = scene.text();
        scene.live = { ...scene.live, line: { text, cursor: scene.below(2) * text.length } };
      }
      if (what === 3)
        scene.live = { ...scene.live, pending: ["… one", "… two"].slice(scene.below(3)) };
      scene.draw();
    }
    const tokens = scene.rows().flatMap((row) => row.match(/T\d+T/g) ?? []);
    assert.deepEqual(tokens, scene.tokens, `seed ${seed}`);
    const layout = layOut(scene.live, scene.screen);
    const bottom = scene.screen.lines().slice(-layout.rows.length);
    assert.deepEqual(
      bottom,
      layout.rows.map((row) => row.trimEnd()),
      `seed ${seed}`,
    );
  }
});

test("emoji that the terminal draws wider than they were counted leave no row behind", () => {
  const scene = new Scene(1, 40, 10);
  const hands = "\u{1f44d}\u{1f3fd}".repeat(19);
  assert.equal(cellsOf(hands), 38, "drawn in 76 cells");
  for (const cursor of [hands.length, 0]) {
    scene.live = { ...scene.live, pending: [`… ${hands}`], line: { text: hands, cursor } };
    for (let turn = 0; turn < 5; turn += 1) {
      scene.show({
        kind: "note",
        text: "somebody wrote something that fills a row or two of these",
      });
      scene.draw();
    }
  }
  scene.live = { ...scene.live, pending: [], line: lineOf("") };
  scene.draw();
  assert.deepEqual(
    scene.rows().filter((row) => row.includes("\u{1f44d}")),
    [],
  );
});

test("a mark is shown on its line or below, whether or not the line can be reached", () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const scene = new Scene(seed, 50, 6);
    for (let turn = 0; turn < 12; turn += 1) scene.say();
    scene.draw();
    for (const { id, to } of scene.sent) {
      scene.show({ kind: "status", id, to, status: "read", text: `of ${id.request}` });
      scene.show({ kind: "note", text: "between" });
    }
    scene.draw();
    const text = scene.rows().join("").replace(/ +/g, "");
    const shown = text.match(/readbyal|alhasread/g) ?? [];
    assert.equal(shown.length, scene.sent.length, `seed ${seed}`);
  }
});

test("lines are broken at words, later rows under the text, long words run over the edge", () => {
  const page = { columns: 20, indent: 6 };
  const said = wrap("12:00 a word and one more", page);
  assert.deepEqual(said, { text: "12:00 a word and one\r\n      more", rows: 2 });
  const address = `see ${"x".repeat(30)} there`;
  assert.deepEqual(wrap(address, page), { text: `${address}`, rows: 2 });
  assert.deepEqual(wrap("\x1b[1m日本語の文日本語の文\x1b[22m", page), {
    text: "\x1b[1m日本語の文日本語の文\x1b[22m",
    rows: 1,
  });
});

test("a line has as many rows as a terminal makes of it", () => {
  const scene = new Scene(7, 0, 0);
  for (let turn = 0; turn < 300; turn += 1) {
    const columns = 10 + scene.below(60);
    const screen = new ScreenEmulator({ columns, rows: 200 });
    const { text, rows } = wrap(scene.text(), { columns, indent: 6 });
    screen.write(`${text}\r\n|`);
    assert.equal(screen.lines().length, rows + 1, JSON.stringify(text));
    assert.ok(screen.lines().every((row) => cellsOf(row) <= columns));
  }
});

test("notes of one kind in a row are one line, until something else is said", () => {
  const scene = new Scene(1, 60, 20);
  const joins = (member: string): void => {
    scene.show({ kind: "groupNote", group: "#lobby", change: "joined", member, by: member });
    scene.draw();
  };
  joins("ann");
  assert.deepEqual(scene.screen.lines()[0], "ann joined #lobby");
  for (const name of ["ben", "cid", "dan", "eve", "fay", "gus"]) joins(name);
  scene.show({ kind: "note", text: "a note" });
  joins("hal");
  assert.deepEqual(scene.screen.lines().slice(0, 3), [
    "cid, dan, eve, fay, gus and 2 more joined #lobby",
    "a note",
    "hal joined #lobby",
  ]);
});
