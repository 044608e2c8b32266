// What people notice of a fork: names that two of them took, sessions begun on the losing side,
// accounts deleted on one side and written to on the other, and a firewall that tells lies.

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { Cluster } from "../support/cluster.ts";
import { given } from "../support/scenes.ts";
import { enter, password, run, shows } from "../support/seats.ts";
import { Person, Script } from "../support/simFaces.ts";
import { hostOf } from "../support/simHosts.ts";

test("one name on both sides: the winner's stays, the other's owner is told and goes on", async () => {
  const { cluster, alice, bob } = await given({ seed: 321 });
  cluster.split({ left: [0, "alice", "lefty"], right: [1, 2, "bob", "righty"] });
  await cluster.serving([1, 2]);
  await cluster.serving([0]);
  const [left, right] = [cluster.terminal("lefty"), cluster.terminal("righty")];
  await left.register("dora");
  await right.register("dora");
  await alice.send("dora", "for the left one");
  await bob.send("dora", "for the right one");
  cluster.heal();
  await cluster.serving([0, 1, 2]);
  await cluster.settle();
  deepEqual([left.user(), right.user()], ["dora2", "dora"]);
  match(left.notices.join(), /dora was registered on both sides. You are dora2 now/);
  equal(
    right.notices.some((notice) => notice.includes("dora2")),
    false,
  );
  cluster.deliveries.rename("dora", "dora2");
  await left.send("bob", "dora2 writes");
  await bob.send("dora2", "bob answers");
  await cluster.finish();
  deepEqual(left.texts(), ["for the left one", "bob answers"]);
  deepEqual(right.texts(), ["for the right one"]);
  const later = cluster.terminal("later");
  const refusal = await later.tryLogin("dora", "another password");
  match(refusal, /name or the password is wrong.*registered dora while.*is called dora2 now/);
});

test("whoever registered or logged in on the losing side is on, and misses nothing", async () => {
  const { cluster, bob } = await given({ seed: 322 });
  cluster.split({ left: [0, "erin", "desk"], right: [1, 2, "alice", "bob"] });
  await cluster.serving([1, 2]);
  await cluster.serving([0]);
  const erin = await cluster.user("erin");
  const desk = cluster.terminal("desk");
  await desk.login("bob");
  await erin.send("bob", "to bob at his desk");
  await cluster.until(() => desk.texts().length === 1, "bob's desk to show it");
  cluster.heal();
  await cluster.serving([0, 1, 2]);
  await cluster.settle();
  await bob.send("erin", "hello erin");
  await cluster.finish();
  deepEqual(erin.texts(), ["hello erin"]);
  deepEqual(desk.texts(), ["to bob at his desk"]);
  deepEqual(bob.texts(), ["to bob at his desk"], "his other terminal, on the other side, as well");
  const anew = cluster.terminal("anew");
  await anew.login("bob");
  await cluster.settle();
  deepEqual(anew.texts(), [], "what he has seen is not new");
});

test("a new login is told what no terminal has shown, on either side", async () => {
  const { cluster, alice, bob } = await given({ seed: 328 });
  cluster.split({ left: [0, "bob", "erin"], right: [1, 2, "alice"] });
  await cluster.serving([1, 2]);
  await cluster.serving([0]);
  const erin = await cluster.user("erin");
  await alice.send("bob", "nobody has shown this");
  await erin.send("bob", "bob has seen this");
  await cluster.until(() => bob.isIdle() && bob.texts().length === 1, "bob to acknowledge it");
  cluster.heal();
  cluster.split({ left: ["bob"], right: [0, 1, 2] });
  await cluster.serving([0, 1, 2]);
  await cluster.until(() => [0, 1, 2].every((id) => cluster.inspect(id).isMerged), "the merge");
  const anew = cluster.terminal("anew");
  await anew.login("bob");
  await cluster.run(1_000);
  deepEqual(anew.texts(), ["nobody has shown this"]);
  cluster.heal();
  await cluster.finish();
});

test("deleted on one side, written to on the other: the deletion wins, on either side", async () => {
  for (const deleter of ["left", "right"] as const) {
    const { cluster, alice, bob } = await given({ seed: 323 });
    const [carol, dave] = [await cluster.user("carol"), await cluster.user("dave")];
    const [gone, writer] = deleter === "left" ? [carol, dave] : [dave, carol];
    cluster.split({ left: [0, "carol", "alice"], right: [1, 2, "dave", "bob"] });
    await cluster.serving([1, 2]);
    await cluster.serving([0]);
    const name = gone.user();
    const near = deleter === "left" ? alice : bob;
    const isShown = (): boolean => near.texts().length === 1;
    await gone.send(near.user(), `last words of ${name}`);
    // Shown any later, they would be from "carol (deleted)".
    await cluster.until(isShown, "the last words to be shown");
    await gone.deleteAccount();
    await writer.send(name, `to ${name}`);
    cluster.heal();
    await cluster.serving([0, 1, 2]);
    await cluster.settle();
    writer.post(name, `once more to ${name}`);
    await cluster.until(() => writer.pending() === 0, "the answer");
    deepEqual(writer.refusals, ["no-such-user"]);
    deepEqual([...alice.texts(), ...bob.texts()], [`last words of ${name}`]);
  }
});

test("a firewall that answers with resets during a split is a false proof: forks, is merged", async () => {
  const { cluster, alice, bob } = await given({ seed: 324 });
  const carol = await cluster.user("carol");
  cluster.history.allowForks();
  cluster.deliveries.allowDisorder();
  cluster.split({ left: [0, "alice"], right: [1, 2, "bob", "carol"] }, "reset");
  await cluster.serving([1, 2]);
  await cluster.serving([0]);
  deepEqual([cluster.isVerified(0), cluster.isVerified(1)], [true, true], "nobody can know");
  for (let round = 0; round < 20; round += 1) {
    alice.post("bob", `left ${round}`);
    carol.post("bob", `right ${round}`);
  }
  await cluster.until(() => alice.pending() + carol.pending() === 0, "all confirmations");
  cluster.heal();
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
  equal(bob.texts().length, 40);
  ok(cluster.isVerified(0));
});

test("what is marked on the losing side is marked, and no other message is", async () => {
  const { cluster, alice, bob } = await given({ seed: 325 });
  const carol = await cluster.user("carol");
  cluster.split({ left: [0, "alice", "bob"], right: [1, 2, "carol"] });
  await cluster.serving([1, 2]);
  await cluster.serving([0]);
  for (const at of [1, 2, 3]) await alice.send("bob", `left ${at}`);
  for (const at of [1, 2, 3]) await carol.send("bob", `right ${at}`);
  await cluster.until(() => bob.texts().length === 3, "bob to see the left ones");
  const marks = [bob.mark("removed", [2]), bob.mark("read", [1])];
  await cluster.until(() => marks.every(({ outcome }) => outcome === "marked"), "the marks");
  cluster.heal();
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
  const { letters, unopened } = await bob.mailbox();
  deepEqual(letters, ["right 1", "right 2", "right 3", "left 1", "left 3"]);
  equal(unopened, 4);
});

test("a request that a fork has left unanswered does not mark another message", async () => {
  const { cluster, alice, bob } = await given({ seed: 326 });
  const carol = await cluster.user("carol");
  cluster.split({ left: [0, "alice", "bob"], right: [1, 2, "carol"] });
  await cluster.serving([1, 2]);
  await cluster.serving([0]);
  await alice.send("bob", "left 1");
  for (const at of [1, 2]) await carol.send("bob", `right ${at}`);
  await cluster.until(() => bob.texts().length === 1, "bob to see the left one");
  // It leaves the terminal, and reaches nobody: the server dies behind a way that was cut.
  cluster.cut(0, "bob");
  const marking = bob.mark("removed", [1]);
  await cluster.run(50);
  cluster.crash(0);
  cluster.heal();
  await cluster.until(() => marking.outcome !== "", "bob to be told");
  cluster.restart(0);
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
  equal(marking.outcome, "outcome-unknown");
  const { letters } = await bob.mailbox();
  deepEqual(letters, ["right 1", "right 2", "left 1"]);
});

test("two founded apart, each with people of the same names", async () => {
  const cluster = new Cluster({ seed: 327 });
  cluster.split({ left: [0, "l1", "l2"], right: [1, 2, "r1", "r2"] });
  for (const server of cluster.servers) server.start();
  await cluster.serving([0]);
  await cluster.serving([1, 2]);
  for (const [place, name] of [
    ["l1", "ann"],
    ["l2", "ben"],
    ["r1", "ann"],
    ["r2", "ben"],
  ] as const) {
    await cluster.terminal(place).register(name);
  }
  const [l1, l2, r1, r2] = ["l1", "l2", "r1", "r2"].map((place) => cluster.terminal(place));
  await l1?.send("ben", "left ann to left ben");
  await r1?.send("ben", "right ann to right ben");
  cluster.heal();
  await cluster.serving([0, 1, 2]);
  await cluster.settle();
  deepEqual([l2?.texts(), r2?.texts()], [["left ann to left ben"], ["right ann to right ben"]]);
  const users = [l1, l2, r1, r2].map((terminal) => terminal?.user());
  deepEqual([...users].sort(), ["ann", "ann2", "ben", "ben2"]);
});

test("what waited on the way to a side that was cut off is not refused once the other has sent it", async () => {
  const { cluster, alice } = await given({ seed: 330 });
  cluster.split({ left: [0, 2], right: [1, "alice", "carol"] });
  cluster.cut("alice", 1);
  // Under way to server 0, where nobody is called so, and sent again once server 1 serves alone.
  alice.post("carol", "long under way");
  await cluster.serving([1]);
  const carol = await cluster.user("carol");
  cluster.network.heal(hostOf("alice"), hostOf(1));
  await cluster.until(() => alice.pending() === 0, "the confirmation");
  cluster.heal();
  await cluster.serving([0, 1, 2]);
  await cluster.finish();
  const { letters } = await carol.mailbox();
  deepEqual(letters, ["long under way"]);
});

test("a draft sent on both sides is one message, and whoever read either has read it", async () => {
  const { cluster } = await given({ seed: 330 });
  const secret = "correct horse";
  const entry = { name: "dora", password: secret };
  await run(cluster, ["register erin", secret]);
  await run(cluster, ["register dora", secret, "draft new erin sent twice"]);
  const [desk, bag] = [0, 1].map(() => new Script(cluster, [], { json: true, open: true, entry }));
  const erin = new Script(cluster, [], {
    json: true,
    open: true,
    entry: { name: "erin", password: secret },
  });
  ok(desk !== undefined && bag !== undefined);
  const all = [desk, bag, erin];
  await cluster.until(() => all.every((one) => one.json("loggedIn").length === 1), "all to be on");
  cluster.split({ left: [0, desk.machine, erin.machine, "alice"], right: [1, 2, bag.machine] });
  await cluster.serving([1, 2]);
  await cluster.serving([0]);
  for (const one of [desk, bag]) one.type("draft send 1");
  const areSent = (): boolean => [desk, bag].every((one) => one.json("sent").length === 1);
  await cluster.until(areSent, "both to be confirmed", 60_000);
  erin.type("inbox");
  await cluster.until(() => erin.json("inbox").length === 1, "erin to read it");
  cluster.heal();
  await cluster.serving([0, 1, 2]);
  await cluster.settle();
  const looks = ["draft list", "history erin", "history erin --find twice"];
  const later = await run(cluster, ["login dora", secret, ...looks], { json: true });
  deepEqual(later.json("drafts"), [{ type: "drafts", drafts: [] }]);
  const [whole] = later.json("history");
  const messages = whole?.["messages"] as { readonly text: string; readonly mark: string }[];
  deepEqual(
    messages.map(({ text, mark }) => [text, mark]),
    [["sent twice", "read"]],
  );
  const anew = await run(cluster, ["login erin", secret, "inbox"], { json: true });
  equal(anew.json("loggedIn")[0]?.["unread"], 0, "she has seen it on the other side");
});

test("a person on the losing side is told once what it means, and once that it is over", async () => {
  const { cluster } = await given({ seed: 331 });
  const erin = new Person(cluster, { columns: 90 });
  erin.type(["register erin", password, password, ""].join(enter));
  await cluster.until(() => shows(erin, "registered erin"), "erin to be in");
  erin.type("\x0c");
  await cluster.run(50);
  cluster.split({ left: [0, "alice", erin.machine], right: [1, 2, "bob"] });
  await cluster.until(() => shows(erin, "may hold newer messages. They"), "what it means", 60_000);
  await cluster.run(2_000);
  cluster.heal();
  await cluster.serving([0, 1, 2]);
  await cluster.settle();
  deepEqual(erin.rows(), [
    "Nothing is being confirmed: servers 1 and 2 may hold newer messages, and are waited for.",
    "  What you write waits.",
    "A server that is away may hold newer messages. They will be merged when it is back.",
    "Messages are being confirmed again.",
    "All servers that may hold messages are back; nothing is missing.",
    "erin>",
  ]);
});
