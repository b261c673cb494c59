import type { Severity } from '../../../contracts/rules.ts';
import type { PointValue } from '../../../contracts/telemetry.ts';

/*
 * What sentences are made of, the same for every language. Instants and lengths of time (`...Us`) are microseconds.
 */

/** Whom a rule is for; undefined: nothing is asked. */
export interface ScopeFacts {
  deviceId: string | undefined;
  deviceType: string | undefined;
  location: string | undefined;
}

/** A quantity of a device. */
export interface QuantityFacts {
  key: string;
  deviceId: string;
}

/** One reading. */
export interface ReadingFacts extends QuantityFacts {
  value: PointValue | null;
  unit: string | null;
  atUs: number;
}

/** How much of a sliding window there is. */
export interface WindowFacts {
  size: number;
  seconds: number;
  untilUs: number;
}

/** A number against a limit. */
export interface LimitFacts {
  figure: PointValue | null;
  operator: string;
  limit: number;
  unit: string | null;
}

/** What was decided, and of what. */
export interface DecidedFacts {
  severity: Severity;
  atUs: number;
  /** When it became known, when that was later. */
  knownUs: number | undefined;
}
