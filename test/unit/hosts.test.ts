// Host arguments, as both commands read them: names, addresses, ports, and what is refused in
// words.

import assert from "node:assert/strict";
import { test } from "node:test";
import { hostOf, hostText, parseHosts } from "../../src/base/hosts.ts";

test("a server's id is its place, and its ports follow from it", () => {
  const parsed = parseHosts(["a", "b:7000", "c:7000:8000"]);
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.hosts, [
    { id: 0, host: "a", clientPort: 22067, peerPort: 22167 },
    { id: 1, host: "b", clientPort: 7000, peerPort: 22168 },
    { id: 2, host: "c", clientPort: 7000, peerPort: 8000 },
  ]);
});

test("IPv6 stands in brackets, with ports or without", () => {
  const parsed = parseHosts(["[::1]", "[fe80::1%eth0]:7000:8000"]);
  assert.ok(parsed.ok);
  assert.deepEqual(
    parsed.hosts.map(({ host, clientPort }) => [host, clientPort]),
    [
      ["::1", 22067],
      ["fe80::1%eth0", 7000],
    ],
  );
  assert.equal(hostText("::1"), "[::1]");
});

test("nine hosts are allowed, and each port from 1 to 65535", () => {
  assert.ok(parseHosts(Array.from({ length: 9 }, (_, at) => `h${at}`)).ok);
  const parsed = parseHosts(["a:1:65535"]);
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.hosts, [{ id: 0, host: "a", clientPort: 1, peerPort: 65_535 }]);
});

test("who has called is known by his address alone, whatever his port", () => {
  assert.equal(hostOf("10.0.0.1:5000"), "10.0.0.1");
  assert.equal(hostOf("[::1]:5000"), "::1");
  assert.equal(hostOf("alpha"), "alpha");
});

test("what is no host is refused in words", () => {
  const bad: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /No server was named/],
    [Array.from({ length: 10 }, (_, at) => `h${at}`), /10 servers were named; at most 9/],
    [["::1"], /IPv6 in brackets/],
    [["a]"], /not a host; write name, name:port/],
    [["[::1]:a:b:c"], /not a host/],
    [["fe80::1:2:3"], /in brackets/],
    [["a:0"], /bad port/],
    [["a:65536"], /bad port/],
    [["a:7000:0"], /bad port/],
    [["a:07"], /bad port/],
    [["a:1:2:3"], /in brackets/],
    [[""], /not a host/],
    [["-x"], /not a host/],
    [["a b"], /not a host/],
    [["[::1"], /not a host/],
    [["[host]"], /not a host/],
    [["a:7000", "A:7000"], /cannot share a port 7000/],
    [["a:7000:7000"], /port 7000 for clients and for servers. Name two, as in a:22067:22167/],
    [["b", "a:22168"], /Name two, as in a:22068:22168, or the clients' alone/],
  ];
  for (const [args, words] of bad) {
    const parsed = parseHosts(args);
    assert.ok(!parsed.ok, args.join(" "));
    assert.match(parsed.message, words);
  }
});
