import { judgeFactoryOf } from '../rules/registry.ts';
import type { AuthoredRule } from '../contracts/rules.ts';

/** A scope of a thousand devices must not make a thousand notes. */
const MOST_NOTES = 10;

/** What a reader of a backtest must know, each thing once. */
export class Notes {
  private readonly notes: Set<string>;

  constructor(notes: readonly string[]) {
    this.notes = new Set(notes);
  }

  /** Nothing was replayed, because no device is meant. */
  noDevices(rule: AuthoredRule): void {
    this.notes.add(`No device of the scope has readings of ${keysOf(rule)}; nothing was replayed.`);
  }

  /** Nothing was replayed, because nothing is stored. */
  noReadings(rule: AuthoredRule): void {
    this.notes.add(`There are no readings of ${keysOf(rule)} in this period; choose another one.`);
  }

  /** A quantity that a rule reads does not exist. `judged`: the device that the rule is judged for. */
  noSeries(of: { deviceId: string; key: string }, judged: string): void {
    const reason = of.deviceId === judged ? '' : `, which the rule of ${judged} is compared with`;
    this.notes.add(`${of.deviceId} has no "${of.key}"${reason}.`);
  }

  /** A quantity that a rule reads is text. */
  text(of: { deviceId: string; key: string }): void {
    this.notes.add(`"${of.key}" of ${of.deviceId} is text, which rules do not compare; it was passed over.`);
  }

  /** The first ones, and how many more there are. */
  all(): string[] {
    const notes = [...this.notes];
    return notes.length <= MOST_NOTES
      ? notes
      : [...notes.slice(0, MOST_NOTES), `And ${String(notes.length - MOST_NOTES)} more notes of this kind.`];
  }
}

function keysOf(rule: AuthoredRule): string {
  const { inputs, subject } = judgeFactoryOf(rule);
  return inputs.length === 0 ? `"${subject}"` : inputs.map(({ key }) => `"${key}"`).join(' or ');
}
