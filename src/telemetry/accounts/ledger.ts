import type { AccountChange, DayChange, WaitingPoints } from '../../storage/repositories/accounts.ts';
import type { EntryLine } from './entry.ts';
import type { NumberRun, SequenceChange } from './sequence-tracker.ts';

/** The lane of refusals, and the first of those of history (`account_entries`): nothing of these waits to be judged. */
const HISTORY_LANES_FROM = 100;

/** Runs of numbers of one device, in the order in which they were committed. */
export type RunsOfDevice = Map<string, NumberRun[]>;

/** Stored points of a device and hour that wait to be judged, and one of their series. */
export type WaitingLine = readonly [deviceId: string, hour: number, points: number, seriesId: number];

/** One commit, read. */
export interface DecidedCommit {
  lane: number;
  batch: number;
  lines: readonly EntryLine[];
}

/** Points of one lane that wait. */
interface WaitingOfLane {
  first: number;
  last: number;
  lines: Map<string, WaitingLine>;
}

/** Sums of what some commits decided: one change for each device and hour. */
export class Ledger {
  private readonly byDevice = new Map<string, Map<number, AccountChange>>();
  private readonly days = new Map<string, Map<number, number>>();
  private readonly waiting = new Map<number, WaitingOfLane>();
  readonly runs: RunsOfDevice = new Map();

  /** Adds up what a commit decided. */
  addCommit({ lane, batch, lines }: DecidedCommit): void {
    const isLive = lane < HISTORY_LANES_FROM;
    for (const line of lines) {
      this.addLine(line, isLive);
      if (isLive && line[4] > 0) this.addWaiting(lane, batch, line);
    }
  }

  /** Adds what was judged. */
  addJudged([deviceId, hour, points]: WaitingLine): void {
    this.of(deviceId, hour).judged += points;
  }

  /** Adds what the numbers of a device's messages said. */
  addSequence(deviceId: string, { hour, numbered, missing, restarts }: SequenceChange): void {
    const change = this.of(deviceId, hour);
    change.numbered += numbered;
    change.missing += missing;
    change.restarts += restarts;
  }

  /** By device and hour. */
  changes(): AccountChange[] {
    return [...this.byDevice.values()].flatMap((hours) => [...hours.values()]);
  }

  /** By device and day. */
  dayChanges(): DayChange[] {
    return [...this.days].flatMap(([deviceId, days]) => [...days].map(([day, stored]) => ({ deviceId, day, stored })));
  }

  /** By lane; to be read with `readWaiting` once the batches are judged. */
  waitingPoints(): WaitingPoints[] {
    return [...this.waiting].map(([lane, { first, last, lines }]) => {
      return { lane, firstBatch: first, lastBatch: last, body: JSON.stringify([...lines.values()]) };
    });
  }

  private addLine(line: EntryLine, isLive: boolean): void {
    const [deviceId, hour, messages, received, stored, duplicates, conflicts, refused, days, numbers, unreadable] = line;
    const change = this.of(deviceId, hour);
    change.messages += messages;
    change.received += received;
    change.stored += stored;
    change.duplicates += duplicates;
    change.conflicts += conflicts;
    change.rejected += refused + conflicts;
    change.unreadable += unreadable;
    if (!isLive) change.history += stored;
    this.addDays(deviceId, days);
    this.addRuns(change, numbers);
  }

  private addDays(deviceId: string, days: readonly number[]): void {
    let known = this.days.get(deviceId);
    if (known === undefined && days.length > 0) this.days.set(deviceId, (known = new Map<number, number>()));
    for (let i = 0; i < days.length; i += 2) known?.set(days[i] ?? 0, (known.get(days[i] ?? 0) ?? 0) + (days[i + 1] ?? 0));
  }

  private addRuns(change: AccountChange, numbers: readonly number[]): void {
    if (numbers.length === 0) return;
    const { deviceId, hour } = change;
    let runs = this.runs.get(deviceId);
    if (runs === undefined) this.runs.set(deviceId, (runs = []));
    for (let i = 0; i < numbers.length; i += 3) {
      runs.push({ first: numbers[i] ?? 0, last: numbers[i + 1] ?? 0, hour, isRepeat: numbers[i + 2] === 1 });
    }
    change.firstNumber ??= numbers[0];
    change.lastNumber = numbers.at(-2);
  }

  private addWaiting(lane: number, batch: number, line: EntryLine): void {
    let waiting = this.waiting.get(lane);
    if (waiting === undefined) this.waiting.set(lane, (waiting = { first: batch, last: batch, lines: new Map() }));
    waiting.last = batch;
    const [deviceId, hour, , , stored] = line;
    const seriesId = line[11];
    const name = `${deviceId}\n${String(hour)}`;
    waiting.lines.set(name, [deviceId, hour, (waiting.lines.get(name)?.[2] ?? 0) + stored, seriesId]);
  }

  private of(deviceId: string, hour: number): AccountChange {
    let hours = this.byDevice.get(deviceId);
    if (hours === undefined) this.byDevice.set(deviceId, (hours = new Map<number, AccountChange>()));
    let change = hours.get(hour);
    if (change === undefined) hours.set(hour, (change = nothing(deviceId, hour)));
    return change;
  }
}

/** Reads what `Ledger.waitingPoints` wrote. */
export function readWaiting(body: string): WaitingLine[] {
  return JSON.parse(body) as WaitingLine[];
}

function nothing(deviceId: string, hour: number): AccountChange {
  return {
    deviceId,
    hour,
    messages: 0,
    received: 0,
    stored: 0,
    duplicates: 0,
    rejected: 0,
    conflicts: 0,
    history: 0,
    judged: 0,
    numbered: 0,
    missing: 0,
    restarts: 0,
    unreadable: 0,
    firstNumber: undefined,
    lastNumber: undefined,
  };
}
