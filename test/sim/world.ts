// What the people of a random run share: the cluster, what is written down of them all, and what
// they may know of one another. Types alone.

import type { Cluster } from "../support/cluster.ts";
import type { History } from "./history.ts";

export interface World {
  readonly cluster: Cluster;
  readonly history: History;
  /** Forks may have happened: of promises, only the weaker ones are held. */
  isLenient(): boolean;
  /** Ends the run. */
  broken(message: string): void;
  /** That such a letter is in somebody's mailbox has been confirmed. */
  arrived(to: string, text: string): void;
  /** That one's bounded history has let it go. */
  hasLetGo(name: string, text: string): boolean;
  /** Who must be found by a search: there for sure, by what they were told. */
  present(): readonly string[];
  /** Nobody begins anything new any more. */
  isOver(): boolean;
  readonly names: readonly string[];
}
