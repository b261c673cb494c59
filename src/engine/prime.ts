import type { PastReading } from '../rules/types.ts';
import { readingsSince, seriesOfKey } from '../storage/repositories/history.ts';
import type { SeriesOfKey } from '../storage/repositories/history.ts';
import { patiently } from './patience.ts';
import type { EngineOptions } from './ports.ts';
import type { RuleRun } from './rule-run.ts';
import type { RuleSet } from './rule-set.ts';

/** Series read in one statement; their readings are in memory together. */
const SERIES_AT_ONCE = { short: 200, long: 10 } as const;
/** Readings of so much time are few. */
const SHORT_MS = 600_000;
/** A device that was not judged yet may still have older readings on their way through the flow than its newest. */
const MARGIN_US = 600_000_000;
/** Nothing that was stored longer ago than this before the newest reading is still to be judged. */
const LONGEST_BEHIND_US = 86_400_000_000;

/** A series that rules read, and how much of its past they need. */
interface Wanted extends SeriesOfKey {
  key: string;
  minQuality: number;
  keepMs: number;
  judgedUs: number | null;
}

/**
 * Fills the readings of rules from what is stored: for each series from as long before the last reading judged (or before its newest)
 * as a rule looks back. Waits while the database is away.
 */
export async function primeRules(
  set: RuleSet,
  runs: readonly RuleRun[],
  options: Pick<EngineOptions, 'db' | 'clock'>,
  signal: AbortSignal,
): Promise<void> {
  const wanted = await findWanted(set, runs, options, signal);
  const size = wanted.some(({ keepMs }) => keepMs > SHORT_MS) ? SERIES_AT_ONCE.long : SERIES_AT_ONCE.short;
  const nowUs = options.clock.nowMs() * 1_000;
  for (let first = 0; first < wanted.length; first += size) {
    const some = wanted
      .slice(first, first + size)
      .map((series) => ({ ...series, afterUs: afterUs(series, nowUs), past: [] as PastReading[] }));
    const bySeries = Map.groupBy(some, ({ seriesId }) => seriesId);
    for (const { seriesId, ...reading } of await patiently(() => readingsSince(options.db.system, some), signal)) {
      for (const { past } of bySeries.get(seriesId) ?? []) past.push(reading);
    }
    for (const { past, ...series } of some) {
      const good = past.filter(({ quality }) => quality >= series.minQuality);
      set.readingsOf(series).prime(good, series.kind);
    }
  }
}

function afterUs({ judgedUs, newestUs, keepMs }: Wanted, nowUs: number): number {
  const newest = newestUs ?? nowUs;
  const fromUs = judgedUs === null || newest - judgedUs > LONGEST_BEHIND_US ? newest - MARGIN_US : judgedUs;
  return Math.floor(fromUs - keepMs * 1_000);
}

/** Every series that the rules read, once for each demand on quality. */
async function findWanted(
  set: RuleSet,
  runs: readonly RuleRun[],
  { db }: Pick<EngineOptions, 'db'>,
  signal: AbortSignal,
): Promise<Wanted[]> {
  const found = new Map<string, Wanted>();
  const keys = new Set(runs.flatMap((run) => run.factory.inputs.map(({ key }) => key)));
  for (const key of keys) {
    const all = await patiently(() => seriesOfKey(db.system, { tenantId: set.tenantId, key }), signal);
    const byDevice = new Map(all.map((series) => [series.deviceId, series]));
    for (const run of runs) addWanted(found, run, key, byDevice);
  }
  return [...found.values()];
}

function addWanted(found: Map<string, Wanted>, run: RuleRun, key: string, byDevice: ReadonlyMap<string, SeriesOfKey>): void {
  const { inputs, minQuality, keepMs, onlyDevice } = run.factory;
  for (const input of inputs) {
    if (input.key !== key) continue;
    const named = input.deviceId ?? onlyDevice ?? run.rule.scope.device_id ?? '';
    const one = byDevice.get(named);
    const candidates = named === '' ? [...byDevice.values()] : one === undefined ? [] : [one];
    for (const series of candidates) {
      if (input.deviceId === undefined && !run.isFor(series.deviceId)) continue;
      const name = `${String(series.seriesId)} ${String(minQuality)}`;
      const known = found.get(name);
      const judgedUs = earliest(known?.judgedUs, run.devices.get(series.deviceId)?.judge.view().lastUs);
      found.set(name, { ...series, key, minQuality, keepMs: Math.max(keepMs, known?.keepMs ?? 0), judgedUs });
    }
  }
}

function earliest(a: number | null | undefined, b: number | null | undefined): number | null {
  if (a === null || a === undefined) return b ?? null;
  return b === null || b === undefined ? a : Math.min(a, b);
}
