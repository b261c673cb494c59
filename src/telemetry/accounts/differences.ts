import type { AccountLook, DayDifference } from '../../storage/repositories/account-checks.ts';
import { readWaiting } from './ledger.ts';

/** Something of a device that does not add up, or differs from what is in the tables. */
export interface AccountDifference {
  deviceId: string;
  /**
   * `received`: what arrived is not what was stored, repeated or rejected; `waiting`: what is stored and not judged is not what waits for it;
   * `readings`: the tables have more or fewer readings of a day than were counted.
   */
  check: 'received' | 'waiting' | 'readings';
  /** The hour of arrival, ISO 8601 UTC; of `readings` the day (UTC) of their own time. */
  at: string;
  /** By how many points the first is more than the second. */
  points: number;
}

/** Lines that one look writes into the log at most: a fault of everything must not push all else out of it. The next look goes on. */
export const LINES_PER_LOOK = 50;
const HOUR_MS = 3_600_000;

/** All that one look found, with the days that are known to differ. */
export function differencesOf(
  look: Pick<AccountLook, 'unbalanced' | 'unjudged' | 'waiting'>,
  days: readonly DayDifference[],
): AccountDifference[] {
  return [
    ...look.unbalanced.map(({ deviceId, hour, points }) => ({ deviceId, check: 'received' as const, at: hourText(hour), points })),
    ...wronglyWaiting(look),
    ...days.map(({ deviceId, day, difference }) => ({ deviceId, check: 'readings' as const, at: day, points: difference })),
  ];
}

/**
 * Which of the differences are to be told now, when those of `told` were told before, and what is told then. Of a device, check and day only the first
 * is told; one that is gone is forgotten, so that it is told when it comes again.
 */
export function untold(
  differences: readonly AccountDifference[],
  told: ReadonlySet<string>,
): { now: AccountDifference[]; told: ReadonlySet<string> } {
  const first = new Map<string, AccountDifference>();
  for (const difference of differences) if (!first.has(nameOf(difference))) first.set(nameOf(difference), difference);
  const fresh = [...first].filter(([name]) => !told.has(name)).slice(0, LINES_PER_LOOK);
  const kept = [...told].filter((name) => first.has(name));
  return { now: fresh.map(([, difference]) => difference), told: new Set([...kept, ...fresh.map(([name]) => name)]) };
}

/** Hours of devices of which more or less is stored and not judged than is noted as waiting. */
function wronglyWaiting({ waiting, unjudged }: Pick<AccountLook, 'waiting' | 'unjudged'>): AccountDifference[] {
  const hours = new Map<string, AccountDifference>();
  const add = (deviceId: string, hour: number, points: number) => {
    const name = hourName(deviceId, hour);
    hours.set(name, { deviceId, check: 'waiting', at: hourText(hour), points: (hours.get(name)?.points ?? 0) + points });
  };
  for (const { deviceId, hour, points } of unjudged) add(deviceId, hour, points);
  const isBelowZero = new Set(unjudged.filter(({ points }) => points < 0).map(({ deviceId, hour }) => hourName(deviceId, hour)));
  for (const [deviceId, hour, points] of waiting.flatMap(readWaiting))
    if (hours.has(hourName(deviceId, hour))) add(deviceId, hour, -points);
  // Less than nothing may be left of a device that was removed and made again: what the old one had still waits.
  return [...hours].filter(([name, { points }]) => points > 0 || isBelowZero.has(name)).map(([, difference]) => difference);
}

function nameOf({ deviceId, check, at }: AccountDifference): string {
  return `${check}\n${deviceId}\n${at.slice(0, 'yyyy-mm-dd'.length)}`;
}

function hourName(deviceId: string, hour: number): string {
  return `${deviceId}\n${String(hour)}`;
}

function hourText(hour: number): string {
  return new Date(hour * HOUR_MS).toISOString();
}
