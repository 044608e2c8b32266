// One example for each command, as it would be typed: PURE. A test holds that each of them means
// the command it stands for.

import type { CommandName } from "./parsed.ts";

export const examples: Readonly<Record<CommandName, string>> = {
  register: "register alice",
  login: "login alice",
  search: "search a*",
  send: "send bob are you there?",
  reply: "reply on my way",
  chat: "chat #lobby",
  leave: "/leave",
  inbox: "inbox 5",
  read: "read 17 18",
  unread: "unread 17",
  remove: "remove 17",
  history: "history bob 50 --find cake",
  draft: "draft new bob to be finished tomorrow",
  group: "group create #team, then group add #team bob carol",
  block: "block mallory",
  unblock: "unblock mallory",
  blocked: "blocked",
  verify: "verify bob",
  outbox: "outbox send",
  users: "users a*",
  set: "set bell dm",
  cluster: "cluster",
  wait: "wait 1 --for 30",
  passwd: "passwd",
  logout: "logout",
  delete: "delete",
  help: "help send",
  quit: "quit",
};
