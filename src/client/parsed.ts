// What a line turned out to mean: types alone. parse.ts makes them of words, commands.ts carries
// them out, and the faces ask for what is missing.

import type { SettingName } from "./settings.ts";

export type Command =
  | { readonly kind: "register" | "login"; readonly name: string | null }
  | { readonly kind: "search"; readonly pattern: string | null }
  | {
      readonly kind: "send";
      readonly to: string | null;
      readonly text: string | null;
      /** A line of an open conversation. */
      readonly inTalk?: true;
    }
  | { readonly kind: "reply"; readonly text: string | null }
  /** Null for all. */
  | { readonly kind: "inbox"; readonly count: number | null }
  | { readonly kind: "read" | "unread" | "remove"; readonly ids: readonly string[] }
  | {
      readonly kind: "history";
      readonly with: string | null;
      readonly count: number | null;
      /** An id, as it was typed. */
      readonly before: string | null;
      readonly find: string | null;
    }
  | { readonly kind: "chat"; readonly with: string | null }
  | { readonly kind: "leave" }
  | { readonly kind: "blocked" }
  /** mark: null to be shown the number. */
  | { readonly kind: "verify"; readonly name: string | null; readonly mark: "yes" | "no" | null }
  | { readonly kind: "draft"; readonly act: DraftAct }
  | { readonly kind: "group"; readonly act: GroupAct }
  | { readonly kind: "block" | "unblock"; readonly name: string | null }
  /** A pattern, or nothing for all. */
  | { readonly kind: "users"; readonly pattern: string | null }
  /** Both null for the list of all, a value alone null to be told of one. */
  | { readonly kind: "set"; readonly setting: SettingName | null; readonly value: string | null }
  | { readonly kind: "outbox"; readonly act: "list" | "send" | "drop" }
  | { readonly kind: "wait"; readonly count: number; readonly seconds: number | null }
  | { readonly kind: "help"; readonly about: string | null }
  | { readonly kind: "logout" | "delete" | "passwd" | "cluster" | "quit" };

export type DraftAct =
  | { readonly kind: "new"; readonly to: string | null; readonly text: string | null }
  | { readonly kind: "edit"; readonly draft: number | null; readonly text: string | null }
  | { readonly kind: "list" }
  /** Words: numbers, or "all". */
  | { readonly kind: "send" | "remove"; readonly drafts: readonly string[] };

export type GroupAct =
  | { readonly kind: "list" }
  | { readonly kind: "create" | "leave" | "join" | "members"; readonly group: string | null }
  | {
      readonly kind: "add" | "remove";
      readonly group: string | null;
      readonly members: readonly string[];
    };

export type CommandName = Command["kind"];
export type CommandOf<Kind extends CommandName> = Extract<Command, { readonly kind: Kind }>;

export type Parsed =
  | { readonly kind: "nothing" }
  | { readonly kind: "command"; readonly command: Command; readonly questions: readonly Question[] }
  /** A known command whose words make no sense; it eats its further lines all the same. */
  | {
      readonly kind: "misused";
      readonly command: CommandName;
      readonly message: string;
      readonly questions: readonly Question[];
    }
  /** The nearest command, if one is near; the line itself may be a secret and is not repeated. */
  | { readonly kind: "unknown"; readonly nearest: string | null };

export type Question =
  | "name"
  | "password"
  | "passwordAgain"
  | "passwordOld"
  | "passwordNew"
  | "recipient"
  | "text"
  | "pattern"
  | "confirmation"
  | "ids"
  | "draft"
  | "drafts"
  | "group"
  | "members"
  | "partner"
  | "whom"
  | "same";
