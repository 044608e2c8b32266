// The command line and the environment of chat-server as one checked value. PURE: reads nothing but
// its arguments. Flags win over CHAT_* variables; what is wrong is said with what to do next.

import { hostText, parseHosts } from "../base/hosts.ts";
import type { ServerId } from "../base/ids.ts";
import { secretLettersMin } from "../base/limits.ts";
import type { LogLevel } from "../ports.ts";
import type { HostSpec } from "./wiring.ts";

/** What the server itself goes by. */
export interface ServerRules {
  readonly id: ServerId;
  readonly hosts: readonly HostSpec[];
  readonly majority: boolean;
  readonly strict: boolean;
  readonly force: boolean;
  readonly minCopies: number;
  /** Of each conversation so many read messages are kept; 0: all. */
  readonly keep: number;
  /** 0: images are made by the journal's size. */
  readonly snapshotEvery: number;
  readonly bindHost: string;
}

/** Where nothing else is said. */
export const usualRules = {
  majority: false,
  strict: false,
  force: false,
  minCopies: 1,
  keep: 0,
  snapshotEvery: 0,
} as const satisfies Partial<ServerRules>;

/** With what the process around it goes by. */
export interface ServerConfig extends ServerRules {
  /** Holds the secret and one folder a server. */
  readonly stateFolder: string;
  readonly logFormat: "text" | "json";
  readonly logLevel: LogLevel;
  /** Servers speak TLS to one another. */
  readonly peerTls: boolean;
  /** For clients; null: they speak bare TCP. */
  readonly certificate: CertificateFiles | null;
  /** Null: from the file `secret` in the state folder. */
  readonly secret: string | null;
}

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export type ParsedConfig =
  | { readonly kind: "run"; readonly config: ServerConfig }
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "refused"; readonly message: string };

export const usage = `Usage: chat-server ID HOST0 [HOST1 ...] [options]

  ID     which of the hosts this server is: 0 for the first
  HOST   name, name:clientPort or name:clientPort:peerPort; IPv6 addresses in brackets
         (ports are 22067 + id for clients and 22167 + id for servers unless given)

  --state DIR          where to keep the state (./state)
  --majority           go on only with a majority of all servers; no split can fork it
  --strict             never go on without servers that may hold newer messages
  --force              go on at once without them, marked as not verified
  --min-copies N       confirm a message only when N servers hold it (1)
  --snapshot-every N   write a whole base image after every N mutations
  --keep N             keep the newest N messages of each conversation, and all unread ones (all)
  --bind ADDR          listen on this address only
  --tls-cert FILE      speak TLS to clients, with this certificate (PEM, with its chain)
  --tls-key FILE       and its key (PEM, no passphrase)
  --peer-tls WHEN      speak TLS to the other servers: auto, unless all are on loopback; always
  --log-format FORMAT  text or json
  --log-level LEVEL    debug, info, warn or error (info)
  -h, --help           this text
  -V, --version        the version

Each option may be set in the environment instead: CHAT_STATE, CHAT_MAJORITY=1, and so on.
CHAT_SECRET stands for the file "secret" in the state folder, which all servers must share.

Example: chat-server 0 127.0.0.1 127.0.0.1 127.0.0.1`;

const flags = ["majority", "strict", "force"] as const;
const values = [
  "state",
  "min-copies",
  "snapshot-every",
  "keep",
  "bind",
  "tls-cert",
  "tls-key",
  "peer-tls",
  "log-format",
  "log-level",
] as const;
const logLevels = ["debug", "info", "warn", "error"] as const;
const loopbackName = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|::1)$/i;

type Environment = Readonly<Record<string, string | undefined>>;
type Options = Map<string, string>;

export function parseServerConfig(argv: readonly string[], environment: Environment): ParsedConfig {
  const read = readArguments(argv, environment);
  if (typeof read === "string") return refuse(read);
  const { options, words } = read;
  if (options.has("help")) return { kind: "help" };
  if (options.has("version")) return { kind: "version" };
  const [idText, ...hostTexts] = words;
  if (idText === undefined)
    return refuse("Which server is this? Its id comes first, then all hosts.");
  const parsed = parseHosts(hostTexts);
  if (!parsed.ok) return refuse(parsed.message);
  const { hosts } = parsed;
  const own = /^[0-9]{1,2}$/.test(idText) ? hosts[Number(idText)] : undefined;
  if (own === undefined) {
    const last = hosts.length - 1;
    const range = last === 0 ? "0" : `a number from 0 to ${last}`;
    return refuse(`The id must be ${range}, the place of this server's own host; not "${idText}".`);
  }
  return finish({ own, hosts, options, secret: environment["CHAT_SECRET"] ?? null });
}

interface Parts {
  readonly own: HostSpec;
  readonly hosts: readonly HostSpec[];
  readonly options: Options;
  readonly secret: string | null;
}

function finish({ own, hosts, options, secret }: Parts): ParsedConfig {
  const [majority, strict, force] = flags.map((name) => options.has(name)) as [
    boolean,
    boolean,
    boolean,
  ];
  if (force && (strict || majority)) {
    const other = strict ? "--strict" : "--majority";
    return refuse(`--force goes on at once, ${other} never does: choose one of them.`);
  }
  const copiesRange = { otherwise: usualRules.minCopies, most: hosts.length };
  const minCopies = numberOf(options, "min-copies", copiesRange);
  if (typeof minCopies === "string") return refuse(minCopies);
  const snapshotEvery = numberOf(options, "snapshot-every", {
    otherwise: usualRules.snapshotEvery,
  });
  if (typeof snapshotEvery === "string") return refuse(snapshotEvery);
  const keep = numberOf(options, "keep", { otherwise: usualRules.keep });
  if (typeof keep === "string") return refuse(keep);
  const logs = logsOf(options);
  if (typeof logs === "string") return refuse(logs);
  const security = securityOf(options, hosts);
  if (typeof security === "string") return refuse(security);
  if (secret !== null && secret.length < secretLettersMin) {
    return refuse(`CHAT_SECRET is too short: ${secretLettersMin} characters are the least.`);
  }
  const config: ServerConfig = {
    id: own.id,
    hosts,
    stateFolder: options.get("state") ?? "state",
    majority,
    strict,
    force,
    minCopies,
    snapshotEvery,
    keep,
    bindHost: options.get("bind") ?? bindHostFor(own.host),
    ...logs,
    ...security,
    secret,
  };
  return { kind: "run", config };
}

function securityOf(
  options: Options,
  hosts: readonly HostSpec[],
): Pick<ServerConfig, "peerTls" | "certificate"> | string {
  const when = options.get("peer-tls") ?? "auto";
  if (when !== "auto" && when !== "always") return `--peer-tls is auto or always, not "${when}".`;
  const peerTls = when === "always" || hosts.some(({ host }) => !loopbackName.test(host));
  const [certFile, keyFile] = [options.get("tls-cert"), options.get("tls-key")];
  if (certFile === undefined && keyFile === undefined) return { peerTls, certificate: null };
  if (certFile !== undefined && keyFile !== undefined) {
    return { peerTls, certificate: { certFile, keyFile } };
  }
  const [given, missing] = certFile === undefined ? ["key", "cert"] : ["cert", "key"];
  return `--tls-${given} needs --tls-${missing}: a certificate and its key go together.`;
}

function logsOf(options: Options): Pick<ServerConfig, "logFormat" | "logLevel"> | string {
  const logFormat = options.get("log-format") ?? "text";
  if (logFormat !== "text" && logFormat !== "json") {
    return `--log-format is text or json, not "${logFormat}".`;
  }
  const levelText = options.get("log-level") ?? "info";
  const logLevel = logLevels.find((level) => level === levelText);
  if (logLevel === undefined) {
    return `--log-level is one of ${logLevels.join(", ")}, not "${levelText}".`;
  }
  return { logFormat, logLevel };
}

/** A server that is known by a loopback name listens on loopback only, others everywhere. */
function bindHostFor(host: string): string {
  if (!loopbackName.test(host)) return "::";
  return host.toLowerCase() === "localhost" ? "127.0.0.1" : host;
}

/** As it is printed in the readiness line. */
export function addressText(host: string, port: number): string {
  return `${hostText(host)}:${port}`;
}

function readArguments(
  argv: readonly string[],
  environment: Environment,
): { readonly options: Options; readonly words: readonly string[] } | string {
  const options = optionsOf(environment);
  if (typeof options === "string") return options;
  const words: string[] = [];
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] as string;
    if (!word.startsWith("-")) {
      words.push(word);
      continue;
    }
    const [name, given] = split(word);
    if (includes(flags, name) || name === "help" || name === "version") {
      if (given !== null) return `--${name} takes no value.`;
      options.set(name, "1");
    } else if (includes(values, name)) {
      const value = given ?? argv[(at += 1)];
      if (value === undefined || value === "") return `--${name} needs a value.`;
      options.set(name, value);
    } else {
      return `There is no option ${word}.`;
    }
  }
  return { options, words };
}

function optionsOf(environment: Environment): Options | string {
  const options: Options = new Map();
  for (const name of [...flags, ...values]) {
    const variable = `CHAT_${name.toUpperCase().replaceAll("-", "_")}`;
    const value = environment[variable];
    if (value === undefined || value === "") continue;
    if (!includes(flags, name)) options.set(name, value);
    else if (value === "1" || value === "true") options.set(name, value);
    else if (value !== "0" && value !== "false") return `${variable} is 1 or 0, not "${value}".`;
  }
  return options;
}

function split(word: string): readonly [string, string | null] {
  if (word === "-h") return ["help", null];
  if (word === "-V") return ["version", null];
  if (!word.startsWith("--")) return ["", null];
  const equals = word.indexOf("=");
  return equals < 0 ? [word.slice(2), null] : [word.slice(2, equals), word.slice(equals + 1)];
}

function includes(names: readonly string[], name: string): boolean {
  return names.includes(name);
}

function numberOf(
  options: Options,
  name: string,
  range: { readonly otherwise: number; readonly most?: number },
): number | string {
  const { otherwise, most = Number.MAX_SAFE_INTEGER } = range;
  const text = options.get(name);
  if (text === undefined) return otherwise;
  const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : -1;
  if (value >= 1 && value <= most) return value;
  const bound = most === Number.MAX_SAFE_INTEGER ? "" : ` to ${most}`;
  return `--${name} takes a number from 1${bound}, not "${text}".`;
}

function refuse(message: string): ParsedConfig {
  return { kind: "refused", message: `${message}\nTry: chat-server --help` };
}
