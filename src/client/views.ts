// What there is to show, whatever the face: types alone, made by commands and by events, turned
// into lines by render.ts. Texts and names are as they came; making them inert is the renderer's
// part.

import type { ClientId } from "../base/ids.ts";
import type { CommandName } from "./parsed.ts";
import type { Doubt } from "./sealing/doubts.ts";
import type { SettingName } from "./settings.ts";

/** (client id, request): the message's identity everywhere. */
export interface MessageId {
  readonly client: ClientId;
  readonly request: number;
}

export interface LetterView {
  readonly id: MessageId;
  /** The small number by which its owner knows it. */
  readonly seq: number;
  readonly from: string;
  readonly to: string;
  /** Empty for one-to-one messages. */
  readonly group: string;
  readonly text: string;
  readonly atMs: number;
  readonly own: boolean;
  /** What is told of a membership: "added", "removed" or "owner"; empty for a message. */
  readonly event: string;
  readonly late: boolean;
  /** What is to be said of it beside its words, or in their place. */
  readonly doubt?: Doubt;
  /** The key that has signed it, base64url; never shown. */
  readonly signedBy?: string;
}

export interface HistoryEntryView {
  readonly letter: LetterView;
  /** Of one's own what became of it at the other end. */
  readonly mark: "unread" | "read" | "stored" | "delivered";
}

export interface DraftView {
  readonly number: number;
  /** Which writing of it this is. */
  readonly version: number;
  readonly atMs: number;
  readonly to: string;
  readonly text: string;
  readonly doubt?: Doubt;
  /** For which key it was written (MeantFor); null where that was not known. */
  readonly key: string | null;
}

export interface UnsentView {
  readonly to: string;
  readonly text: string;
  readonly atMs: number;
}

export interface ServerView {
  readonly id: number;
  readonly host: string;
  readonly state: string;
  readonly lagOps: number;
}

export interface NoticeView {
  readonly kind: "notice";
  readonly code: string;
  readonly message: string;
}

/** Said at a login: to people before the welcome, which what is new stands behind. */
interface Besides {
  readonly besides?: readonly NoticeView[];
}

export type View =
  | ({ readonly kind: "registered"; readonly user: string } & Besides)
  | ({ readonly kind: "loggedIn"; readonly user: string; readonly unread: number } & Besides)
  | { readonly kind: "message"; readonly letter: LetterView }
  | {
      readonly kind: "sent";
      readonly id: MessageId;
      readonly to: string;
      readonly text: string;
      /** "read" where a mark has changed in its place. */
      readonly status: "delivered" | "stored" | "read";
      readonly atMs: number;
    }
  | {
      readonly kind: "status";
      readonly id: MessageId;
      readonly to: string;
      readonly status: "delivered" | "read";
      /** What was sent; null when it was sent elsewhere, or long ago. */
      readonly text: string | null;
    }
  | {
      readonly kind: "search";
      readonly names: readonly string[];
      readonly online: readonly string[];
      readonly more: boolean;
    }
  /** draft: 0 after a removal. */
  | {
      readonly kind: "drafted";
      readonly draft: number;
      readonly to: string | null;
      readonly text: string;
      readonly count: number;
    }
  | { readonly kind: "drafts"; readonly drafts: readonly DraftView[] }
  /** What was never confirmed, kept on this machine. */
  | {
      readonly kind: "outbox";
      /** Left from before. */
      readonly unsent: readonly UnsentView[];
      /** Written here since, and not confirmed yet. */
      readonly underWay: number;
    }
  /** One's own change of a group. */
  | {
      readonly kind: "grouped";
      readonly group: string;
      readonly change: string;
      readonly member: string;
    }
  /** Somebody else's membership has changed. */
  | {
      readonly kind: "groupNote";
      readonly group: string;
      readonly change: string;
      readonly member: string;
      readonly by: string;
    }
  /** Who has come and gone; of many, some, and how many more. */
  | {
      readonly kind: "presence";
      readonly joined: readonly string[];
      readonly joinedMore: number;
      readonly left: readonly string[];
      readonly leftMore: number;
    }
  | { readonly kind: "blockList"; readonly names: readonly string[] }
  | {
      readonly kind: "groups";
      readonly groups: readonly {
        readonly name: string;
        readonly members: number;
        readonly isOwned: boolean;
      }[];
    }
  | {
      readonly kind: "members";
      readonly group: string;
      /** Empty where there is none. */
      readonly owner: string;
      readonly names: readonly string[];
      readonly online: readonly string[];
    }
  | {
      readonly kind: "marked";
      readonly mark: "read" | "unread" | "removed";
      readonly asked: number;
      /** Of these, those of which it was not so before. */
      readonly count: number;
      readonly unread: number;
    }
  | {
      readonly kind: "history";
      readonly with: string;
      /** Oldest first. */
      readonly entries: readonly HistoryEntryView[];
      /** There is older to be read. */
      readonly more: boolean;
      readonly find: string | null;
      /** Asked for was what is older than some message. */
      readonly isOlder: boolean;
    }
  | { readonly kind: "inbox"; readonly letters: readonly LetterView[]; readonly unread: number }
  | {
      readonly kind: "users";
      /** Null for those who are on now. */
      readonly users: readonly { readonly name: string; readonly seenMs: number | null }[];
      readonly more: boolean;
    }
  | {
      readonly kind: "cluster";
      readonly servers: readonly ServerView[];
      readonly view: number;
      readonly verified: boolean;
      readonly op: number;
      readonly copies: number;
      readonly outlook: string;
    }
  /** All of them, or the one that was named or changed. */
  | { readonly kind: "settings"; readonly settings: ReadonlyMap<SettingName, string> }
  | { readonly kind: "passwordChanged" }
  /** `wasOn`: before. */
  | {
      readonly kind: "blocked";
      readonly name: string;
      readonly on: boolean;
      readonly wasOn: boolean;
    }
  | {
      readonly kind: "verify";
      readonly user: string;
      /** 60 digits, in groups. */
      readonly number: string;
      readonly verified: boolean;
      /** Another key than the one that was verified before. */
      readonly changed: boolean;
    }
  | { readonly kind: "loggedOut"; readonly user: string }
  | { readonly kind: "deleted"; readonly user: string }
  | { readonly kind: "help"; readonly about: CommandName | null }
  | NoticeView
  | { readonly kind: "reconnecting" }
  | { readonly kind: "connected"; readonly server: number; readonly verified: boolean }
  | {
      readonly kind: "error";
      readonly command: string;
      readonly code: string;
      readonly message: string;
      /** The message that was refused. */
      readonly unsent?: { readonly to: string; readonly text: string };
    }
  /** For people alone. */
  | { readonly kind: "note"; readonly text: string };
