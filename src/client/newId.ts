// A client under a new id: PURE. The servers know each id as one account's: whoever logs in as
// somebody else at the same terminal goes on under another id, and nobody notices.

import { drawClientId } from "../base/ids.ts";
import { connectAgain } from "./failover.ts";
import { dropChallenge } from "./login.ts";
import { giveUpRepeated, settleRequest } from "./requests.ts";
import type { LoginJob, SessionState } from "./sessionTypes.ts";

/** Once for each login: a second refusal is told. */
export function goOnUnderNewId(state: SessionState, job: LoginJob): void {
  settleRequest(state, job.request, null);
  // Of a session before: under another id they would be done once more.
  giveUpRepeated(state, "It may or may not have been done: another user has logged in here since.");
  job.request = 0;
  job.hasNewId = true;
  state.client = drawClientId(state.entropy);
  dropChallenge(state);
  state.effects.push({ kind: "disconnect" });
  connectAgain(state);
}
