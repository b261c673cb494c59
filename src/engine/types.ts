import type { AuthoredRule, RuleTransition } from '../contracts/rules.ts';
import type { PointValue, StoredTelemetry } from '../contracts/telemetry.ts';

/** A wired rule being run: the node feeds it stored telemetry and gets its transitions, recorded, to send on. */
export interface RuleSession {
  /** Judges the points of one stored message, at once. Replayed points that were judged before are skipped. */
  judge(telemetry: StoredTelemetry): void;
  /** The devices in alert now and the last value judged, for the status under the node. */
  summary(): { activeDevices: number; lastValue: PointValue | null; lastDeviceId: string | null };
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
}
