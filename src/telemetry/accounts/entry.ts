/**
 * What one commit decided about the points of one device that arrived in one hour. A tuple, because a commit may have hundreds of them and
 * they are written beside the readings.
 */
export type EntryLine = readonly [
  deviceId: string,
  /** Hours since 1970. */
  hour: number,
  messages: number,
  received: number,
  stored: number,
  duplicates: number,
  conflicts: number,
  /** Without conflicts. */
  refused: number,
  /** Stored readings by the day of their own time: day since 1970 and how many, again and again. */
  days: readonly number[],
  /** Numbers of messages as runs, in their order: first, last and whether they brought nothing new (1), again and again. */
  numbers: readonly number[],
  /** Messages whose number cannot be read. */
  unreadable: number,
  /** One of the series that its points belong to; 0: it has none. With its device it is gone, and a new device of that name has others. */
  seriesId: number,
];

/** Who sent the counted message, and when it arrived. */
export interface Arrival {
  deviceId: string;
  receivedAtMs: number;
}

/** The numbers of a message (of its elements, when it is a list), as far as it has any. */
export interface MessageNumbers {
  numbers: readonly number[];
  /** How many were no whole numbers from 0 on. */
  unreadable: number;
}

/** A message without any number. */
export const UNNUMBERED: MessageNumbers = { numbers: [], unreadable: 0 };

const NEW = 0;
const REPEATED = 1;
const HOUR_MS = 3_600_000;
const DAY_US = 86_400_000_000;

/** The counts of one line while they grow. */
export class Tally {
  messages = 0;
  received = 0;
  stored = 0;
  duplicates = 0;
  conflicts = 0;
  refused = 0;
  unreadable = 0;
  seriesId = 0;
  private readonly days: number[] = [];
  private readonly numbers: number[] = [];

  /** One more stored reading, of this time (epoch microseconds). */
  store(timeUs: number): void {
    this.stored += 1;
    const day = Math.floor(timeUs / DAY_US);
    const { days } = this;
    // Nearly always the day of the reading before.
    for (let at = days.length - 2; at >= 0; at -= 2) {
      if (days[at] !== day) continue;
      days[at + 1] = (days[at + 1] ?? 0) + 1;
      return;
    }
    days.push(day, 1);
  }

  /** The numbers of a message that brought something new. */
  number(of: MessageNumbers): void {
    this.unreadable += of.unreadable;
    for (const number of of.numbers) addToRuns(this.numbers, number, NEW);
  }

  /** The numbers of a message that brought nothing new: everything was there already, or was refused. */
  repeat(of: MessageNumbers): void {
    this.unreadable += of.unreadable;
    for (const number of of.numbers) addToRuns(this.numbers, number, REPEATED);
  }

  /** The counts as they are written. */
  line(deviceId: string, hour: number): EntryLine {
    const { messages, received, stored, duplicates, conflicts, refused, days, numbers, unreadable } = this;
    return [deviceId, hour, messages, received, stored, duplicates, conflicts, refused, days, numbers, unreadable, this.seriesId];
  }
}

/** The counts of one commit while they grow: one tally for each device and hour. */
export class EntryBuilder {
  private readonly tallies = new Map<string, { hour: number; tally: Tally }[]>();

  /** Where the points of a message are counted. */
  of({ deviceId, receivedAtMs }: Arrival): Tally {
    const hour = Math.floor(receivedAtMs / HOUR_MS);
    const hours = this.tallies.get(deviceId);
    const known = hours?.find((one) => one.hour === hour);
    if (known !== undefined) return known.tally;
    const tally = new Tally();
    if (hours === undefined) this.tallies.set(deviceId, [{ hour, tally }]);
    else hours.push({ hour, tally });
    return tally;
  }

  /** The body of the entry; undefined when nothing was counted. */
  body(): string | undefined {
    if (this.tallies.size === 0) return undefined;
    const lines: EntryLine[] = [];
    for (const [deviceId, hours] of this.tallies) for (const { hour, tally } of hours) lines.push(tally.line(deviceId, hour));
    return JSON.stringify(lines);
  }
}

/** Reads what `EntryBuilder.body` wrote. */
export function readEntry(body: string): EntryLine[] {
  return JSON.parse(body) as EntryLine[];
}

function addToRuns(runs: number[], number: number, kind: typeof NEW | typeof REPEATED): void {
  const last = runs.length - 2;
  if (last > 0 && runs[last] === number - 1 && runs[last + 1] === kind) runs[last] = number;
  else runs.push(number, number, kind);
}
