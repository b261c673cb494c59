import type { AuthoredRule, RuleTransition } from '../contracts/rules.ts';
import type { PointValue, StoredTelemetry } from '../contracts/telemetry.ts';
import type { RunningState } from '../contracts/stored-rules.ts';

/** A wired rule being run: the node feeds it stored telemetry and gets its transitions, recorded, to send on. */
export interface RuleSession {
  /** Judges the points of one stored message, at once. Replayed points that were judged before are skipped. */
  judge(telemetry: StoredTelemetry): void;
  /**
   * For the status under the node: the devices in alert now, since when the first of them is (epoch milliseconds; null when none is), and
   * the last value judged.
   */
  summary(): { activeDevices: number; activeSinceMs: number | null; lastValue: PointValue | null; lastDeviceId: string | null };
  /** Writes what is not yet checkpointed and ends the timers; `removed` closes its open alerts (the node is gone from the flow). */
  close(removed: boolean): Promise<void>;
}

/** What rule nodes see of the engine. */
export interface RuleEngine {
  /** Opens a wired rule; registers a new version when its configuration changed. Unconsumed transitions are sent again. */
  open(options: {
    nodeId: string;
    tenantId: string;
    rule: AuthoredRule;
    onTransition: (transition: RuleTransition) => void;
    onError: (error: Error) => void;
  }): Promise<RuleSession>;

  /**
   * Opens the session that judges every enabled stored rule of a tenant; what it is given goes to all of them in the order of their
   * priority. Rules that the API changes meanwhile are taken over at once.
   */
  openStored(options: {
    nodeId: string;
    tenantId: string;
    onTransition: (transition: RuleTransition) => void;
    onError: (error: Error) => void;
  }): Promise<StoredRuleSession>;
}

/** All stored rules being run by one node. */
export interface StoredRuleSession {
  judge(telemetry: StoredTelemetry): void;
  /** How many rules judge, and how many alerts of theirs are active. */
  summary(): { rules: number; activeDevices: number };
  /** As for one rule. `removed` leaves states and alerts as they are: the rules are still stored. */
  close(removed: boolean): Promise<void>;
}

/** What the keeper of stored rules tells the engine after it has written a change. */
export interface StoredRuleChanges {
  /**
   * A stored rule was created, edited, switched or deleted (as its row says now). Running state is kept or reset; a rule that is switched
   * off or deleted ends: its timers go, its alerts are resolved by `rule disabled` or `rule removed`. Resolves when it is done, whether
   * or not a node runs stored rules.
   */
  storedRuleChanged(tenantId: string, ruleId: string, runningState: RunningState): Promise<void>;
}
