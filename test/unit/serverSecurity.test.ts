// What a server's command line says of TLS and of secrets: who speaks it without being told, and
// what is refused. No file is opened.

import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import { parseServerConfig, usage, type ServerConfig } from "../../src/server/config.ts";

type Environment = Readonly<Record<string, string>>;

function parsed(line: string, environment: Environment = {}): ServerConfig {
  const result = parseServerConfig(line.split(" "), environment);
  equal(result.kind, "run", JSON.stringify(result));
  return (result as { readonly config: ServerConfig }).config;
}

function refusal(line: string, environment: Environment = {}): string {
  const result = parseServerConfig(line.split(" "), environment);
  equal(result.kind, "refused", line);
  return (result as { readonly message: string }).message;
}

test("servers speak TLS to one another unless all of them are on loopback", () => {
  const bare = ["127.0.0.1 127.0.0.2 127.9.9.9", "localhost LOCALHOST:1:2", "[::1] localhost"];
  for (const hosts of bare) {
    equal(parsed(`0 ${hosts}`).peerTls, false, hosts);
    equal(parsed(`0 ${hosts} --peer-tls always`).peerTls, true, hosts);
  }
  const secure = ["ada", "127.0.0.1 10.0.0.1", "localhost localhost.lan", "127.0.0.1.nip.io"];
  for (const hosts of secure) equal(parsed(`0 ${hosts}`).peerTls, true, hosts);
  equal(parsed("0 127.0.0.1", { CHAT_PEER_TLS: "always" }).peerTls, true);
  match(refusal("0 ada --peer-tls never"), /--peer-tls is auto or always, not "never"/);
});

test("a certificate and its key go together, by option or by environment", () => {
  equal(parsed("0 ada").certificate, null);
  const files = { certFile: "a.pem", keyFile: "b.pem" };
  deepEqual(parsed("0 ada --tls-cert a.pem --tls-key b.pem").certificate, files);
  const environment = { CHAT_TLS_CERT: "a.pem", CHAT_TLS_KEY: "b.pem" };
  deepEqual(parsed("0 ada", environment).certificate, files);
  match(refusal("0 ada --tls-cert a.pem"), /--tls-cert needs --tls-key/);
  match(refusal("0 ada", { CHAT_TLS_KEY: "b.pem" }), /--tls-key needs --tls-cert/);
});

test("no secret is taken from the command line, where everybody on the machine can read it", () => {
  for (const name of ["secret", "password", "psk", "key"]) {
    match(refusal(`0 ada --${name} 0123456789abcdef`), new RegExp(`There is no option --${name}`));
  }
  equal(parsed("0 ada", { CHAT_SECRET: "0123456789abcdef" }).secret, "0123456789abcdef");
  for (const name of ["tls-cert FILE", "tls-key FILE", "peer-tls WHEN"]) {
    match(usage, new RegExp(`--${name}`));
  }
  match(usage, /CHAT_SECRET stands for the file/);
});
