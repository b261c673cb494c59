import { z } from 'zod';
import type { Episode, EpisodeCorrection, RuleDecision } from './types.ts';

/** How long a device that reports the past may pause before what it left active is told, milliseconds. */
const PAUSE_MS = 5_000;
/** The longest that an alarm is held back, milliseconds: who never catches up is not muted. */
const LONGEST_HOLD_MS = 60_000;

/** Why such an alarm is told late, as it is stored; explanations know it again and say it in other languages. */
export const HELD_BACK = 'The device was reporting the past; the alert was held back until it had caught up or paused.';

const valueSchema = z.union([z.number(), z.boolean(), z.string()]).nullable();

/** What a raise was decided on. */
export const comparedSchema = z.object({
  value: valueSchema,
  threshold: z.number().nullable().exactOptional(),
  inputs: z.array(z.object({ input: z.number(), value: valueSchema, atUs: z.number() })).exactOptional(),
});

/** A raise that is held back while its device still reports the past. */
export const heldSchema = z.object({
  raise: z.object({
    kind: z.literal('raised'),
    atUs: z.number(),
    sinceUs: z.number(),
    ...comparedSchema.shape,
    occurrences: z.number(),
    held: z.array(z.string()).exactOptional(),
  }),
  /** By the platform's clock, epoch milliseconds: when it is told, and when at the latest. */
  untilMs: z.number(),
  latestMs: z.number(),
  /** The newest reading so far and its arrival. */
  newestUs: z.number(),
  arrivedAtMs: z.number(),
});
/** See `heldSchema`. */
export interface Held {
  readonly raise: RuleDecision & { kind: 'raised' };
  readonly untilMs: number;
  readonly latestMs: number;
  readonly newestUs: number;
  readonly arrivedAtMs: number;
}

/** When something was decided: the newest reading of the device, and the arrival of the one that it was decided on. */
export interface Moment {
  newestUs: number;
  arrivedAtMs: number;
  /** How far a reading may be behind the clock of the platform and still be of the present, milliseconds. */
  presentMs: number;
}

/**
 * What of a rule's decisions is said, so that a device back from hours of silence neither floods people nor is muted: a raise while the newest
 * reading is of the past is held back until the device has caught up, paused for 5 s, or 60 s have passed. What is cleared by then goes
 * into the history and wakes nobody; what is still active is told once, with its true start.
 *
 * A device whose clock is behind looks the same at first: it does not catch up, so it is told after 5 s.
 */
export function announce(
  held: Held | null,
  decisions: readonly RuleDecision[],
  moment: Moment,
): { held: Held | null; said: readonly RuleDecision[] } {
  const isPast = moment.arrivedAtMs - moment.newestUs / 1_000 > moment.presentMs;
  if (held === null && (decisions.length === 0 || (!isPast && decisions.length === 1))) return { held, said: decisions };
  const said: RuleDecision[] = [];
  let waiting = held === null ? null : prolonged(held, moment);
  for (const decision of decisions) {
    if (decision.kind === 'raised') waiting = holding(decision, moment);
    else if (waiting === null) said.push(decision);
    else if (decision.kind === 'repeated') waiting = withRaise(waiting, { occurrences: waiting.raise.occurrences + decision.occurrences });
    else if (decision.kind === 'corrected') waiting = correctHeld(waiting, decision, said);
    else {
      said.push(passed(waiting, decision));
      waiting = null;
    }
  }
  if (waiting === null || isPast) return { held: waiting, said };
  // Raised and told in one go was not held back.
  said.push(held === null ? waiting.raise : released(waiting));
  return { held: null, said };
}

/** The stretch of time that a raise begins. */
export function episodeOf({ atUs, sinceUs, value, threshold, inputs }: RuleDecision): Episode {
  const compared = { ...(threshold === undefined ? {} : { threshold }), ...(inputs === undefined ? {} : { inputs }) };
  return { raisedUs: atUs, sinceUs, value, ...compared, clearedUs: null };
}

/** The raise that began a stretch of time. */
export function raiseOf({ raisedUs: atUs, sinceUs, value, threshold, inputs }: Episode): RuleDecision {
  const compared = { ...(threshold === undefined ? {} : { threshold }), ...(inputs === undefined ? {} : { inputs }) };
  return { kind: 'raised', atUs, sinceUs, value, ...compared, occurrences: 1 };
}

/** The raise that is due to be told at `nowMs`, or undefined. */
export function dueRaise(held: Held | null, nowMs: number): RuleDecision | undefined {
  return held === null || nowMs < held.untilMs ? undefined : released(held);
}

function holding(decision: RuleDecision, { newestUs, arrivedAtMs }: Moment): Held {
  const limits = { untilMs: arrivedAtMs + PAUSE_MS, latestMs: arrivedAtMs + LONGEST_HOLD_MS };
  return { raise: { ...decision, kind: 'raised' }, ...limits, newestUs, arrivedAtMs };
}

function withRaise(held: Held, change: Partial<RuleDecision>): Held {
  return { ...held, raise: { ...held.raise, ...change, kind: 'raised' } };
}

/** As long as its readings advance at least twice as fast as the clock, the device is catching up. */
function prolonged(held: Held, { newestUs, arrivedAtMs }: Moment): Held {
  const isCatchingUp = (newestUs - held.newestUs) / 1_000 >= 2 * (arrivedAtMs - held.arrivedAtMs);
  const untilMs = isCatchingUp ? Math.min(arrivedAtMs + PAUSE_MS, held.latestMs) : held.untilMs;
  return { ...held, newestUs, arrivedAtMs, untilMs };
}

/** Raised and cleared before anybody heard of it. */
function passed({ raise }: Held, cleared: RuleDecision): RuleDecision {
  const episode: Episode = { ...episodeOf(raise), clearedUs: cleared.atUs };
  const occurrences = raise.occurrences + cleared.occurrences;
  return { ...cleared, kind: 'corrected', corrections: [{ op: 'added', wasRaisedUs: raise.atUs, episode, occurrences }] };
}

/** What a correction says of an alarm that was never told changes the alarm; the rest is said. */
function correctHeld(held: Held, decision: RuleDecision, said: RuleDecision[]): Held | null {
  const isHeld = ({ op, wasRaisedUs }: EpisodeCorrection): boolean => op !== 'added' && wasRaisedUs === held.raise.atUs;
  const own = decision.corrections?.find(isHeld);
  let rest = decision.corrections?.filter((correction) => correction !== own) ?? [];
  let next: Held | null = held;
  if (own !== undefined) {
    const { op, episode } = own;
    const isOver = op === 'changed' && episode.clearedUs !== null;
    if (isOver) rest = [...rest, { op: 'added', wasRaisedUs: episode.raisedUs, episode }];
    next = op === 'withdrawn' || isOver ? null : movedTo(held, episode);
  }
  if (rest.length > 0) said.push({ ...decision, corrections: rest });
  return next;
}

function movedTo(held: Held, episode: Episode): Held {
  const { kind, occurrences, held: reasons } = held.raise;
  return { ...held, raise: { ...raiseOf(episode), kind, occurrences, ...(reasons === undefined ? {} : { held: reasons }) } };
}

function released({ raise }: Held): RuleDecision {
  return { ...raise, held: [...(raise.held ?? []), HELD_BACK] };
}
