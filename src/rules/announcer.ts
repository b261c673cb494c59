import { z } from 'zod';
import type { Episode, EpisodeCorrection, RuleDecision } from './types.ts';

/** How long a device that reports the past may pause before what it left active is told, milliseconds. */
const PAUSE_MS = 5_000;
/** The longest that an alarm is held back, milliseconds: who never catches up is not muted. */
const LONGEST_HOLD_MS = 60_000;

/** A raise that is held back while its device still reports the past. */
export const heldSchema = z.object({
  atUs: z.number(),
  sinceUs: z.number(),
  value: z.union([z.number(), z.boolean(), z.string()]).nullable(),
  threshold: z.number().nullable().optional(),
  occurrences: z.number(),
  /** By the platform's clock, epoch milliseconds: when it is told, and when at the latest. */
  untilMs: z.number(),
  latestMs: z.number(),
  /** The newest reading so far and its arrival. */
  newestUs: z.number(),
  arrivedAtMs: z.number(),
});
export type Held = z.infer<typeof heldSchema>;

/** When something was decided: the newest reading of the device, and the arrival of the one that it was decided on. */
export interface Moment {
  newestUs: number;
  arrivedAtMs: number;
  /** How far a reading may be behind the clock of the platform and still be of the present, milliseconds. */
  latenessMs: number;
}

/**
 * What of a rule's decisions is said, so that a device back from hours of silence neither floods people nor is muted: a raise by readings
 * that are older than the lateness is held back until the device has caught up, paused for 5 s, or 60 s have passed. What is cleared by
 * then goes into the history and wakes nobody; what is still active is told once, with its true start.
 *
 * A device whose clock is behind looks the same at first: it does not catch up, so it is told after 5 s.
 */
export function announce(
  held: Held | null,
  decisions: readonly RuleDecision[],
  moment: Moment,
): { held: Held | null; said: readonly RuleDecision[] } {
  const isPast = moment.arrivedAtMs - moment.newestUs / 1_000 > moment.latenessMs;
  if (held === null && (decisions.length === 0 || (!isPast && decisions.length === 1))) return { held, said: decisions };
  const said: RuleDecision[] = [];
  let waiting = held === null ? null : prolonged(held, moment);
  for (const decision of decisions) {
    if (decision.kind === 'raised') waiting = holding(decision, moment);
    else if (waiting === null) said.push(decision);
    else if (decision.kind === 'repeated') waiting = { ...waiting, occurrences: waiting.occurrences + decision.occurrences };
    else if (decision.kind === 'corrected') waiting = correctHeld(waiting, decision, said);
    else {
      said.push(passed(waiting, decision));
      waiting = null;
    }
  }
  if (waiting === null || isPast) return { held: waiting, said };
  said.push(released(waiting, held !== null, decisions));
  return { held: null, said };
}

/** The raise that is due to be told at `nowMs`, or undefined. */
export function dueRaise(held: Held | null, nowMs: number): RuleDecision | undefined {
  return held === null || nowMs < held.untilMs ? undefined : released(held, true, []);
}

function holding(decision: RuleDecision, { newestUs, arrivedAtMs }: Moment): Held {
  const { atUs, sinceUs, value, threshold, occurrences } = decision;
  const limits = { untilMs: arrivedAtMs + PAUSE_MS, latestMs: arrivedAtMs + LONGEST_HOLD_MS };
  return { atUs, sinceUs, value, ...(threshold === undefined ? {} : { threshold }), occurrences, ...limits, newestUs, arrivedAtMs };
}

/** As long as its readings advance at least twice as fast as the clock, the device is catching up. */
function prolonged(held: Held, { newestUs, arrivedAtMs }: Moment): Held {
  const isCatchingUp = (newestUs - held.newestUs) / 1_000 >= 2 * (arrivedAtMs - held.arrivedAtMs);
  const untilMs = isCatchingUp ? Math.min(arrivedAtMs + PAUSE_MS, held.latestMs) : held.untilMs;
  return { ...held, newestUs, arrivedAtMs, untilMs };
}

/** Raised and cleared before anybody heard of it. */
function passed(held: Held, cleared: RuleDecision): RuleDecision {
  const episode: Episode = { raisedUs: held.atUs, sinceUs: held.sinceUs, value: held.value, clearedUs: cleared.atUs };
  return { ...cleared, kind: 'corrected', corrections: [{ op: 'added', wasRaisedUs: held.atUs, episode }] };
}

/** What a correction says of an alarm that was never told changes the alarm; the rest is said. */
function correctHeld(held: Held, decision: RuleDecision, said: RuleDecision[]): Held | null {
  const isHeld = ({ wasRaisedUs }: EpisodeCorrection): boolean => wasRaisedUs === held.atUs;
  const own = decision.corrections?.find(isHeld);
  let rest = decision.corrections?.filter((correction) => !isHeld(correction)) ?? [];
  let next: Held | null = held;
  if (own !== undefined) {
    const { op, episode } = own;
    const over = op === 'changed' && episode.clearedUs !== null;
    if (over) rest = [...rest, { op: 'added', wasRaisedUs: episode.raisedUs, episode }];
    next = op === 'withdrawn' || over ? null : { ...held, atUs: episode.raisedUs, sinceUs: episode.sinceUs };
  }
  if (rest.length > 0) said.push({ ...decision, corrections: rest });
  return next;
}

function released(held: Held, wasHeld: boolean, decisions: readonly RuleDecision[]): RuleDecision {
  // The decision itself knows what it was decided on.
  const own = decisions.findLast(({ kind, atUs }) => kind === 'raised' && atUs === held.atUs);
  if (own !== undefined && !wasHeld) return own;
  const { atUs, sinceUs, value, threshold, occurrences } = held;
  const why = 'The device was reporting the past; the alert was held back until it had caught up or paused.';
  const reasons = [...(own?.held ?? []), ...(wasHeld ? [why] : [])];
  return {
    ...own,
    kind: 'raised',
    atUs,
    sinceUs,
    value,
    occurrences,
    ...(threshold === undefined ? {} : { threshold }),
    ...(reasons.length === 0 ? {} : { held: reasons }),
  };
}
