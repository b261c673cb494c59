import type { PastReading } from '../rules/types.ts';
import { readingsSince, seriesOfKey } from '../storage/repositories/history.ts';
import { patiently } from './patience.ts';
import { isInScope } from './ports.ts';
import type { EngineOptions } from './ports.ts';
import type { RuleRun } from './rule-run.ts';

/** Series read in one statement; their readings are in memory together. */
const SERIES_AT_ONCE = 10;
/** A device that was not judged yet may still have older readings on their way through the flow than its newest. */
const MARGIN_US = 600_000_000;

/**
 * Fills the windows of a rule from what is stored: for each device the readings from a window before the last one judged (or before its
 * newest) on. Nothing is read for rules without windows. Waits while the database is away.
 */
export async function primeRule(
  run: RuleRun,
  options: Pick<EngineOptions, 'db' | 'devices' | 'clock'>,
  signal: AbortSignal,
): Promise<void> {
  if (run.windowMs === 0) return;
  const { rule, tenantId } = run;
  const { db, devices, clock } = options;
  const deviceId = rule.scope.device_id ?? '';
  const of = { tenantId, key: rule.conditions.key, ...(deviceId === '' ? {} : { deviceId }) };
  const all = await patiently(() => seriesOfKey(db.system, of), signal);
  const wanted = all.filter((series) => isInScope(rule.scope, series.deviceId, devices));
  for (let first = 0; first < wanted.length; first += SERIES_AT_ONCE) {
    const some = wanted.slice(first, first + SERIES_AT_ONCE).map((series) => {
      const judgedUs = run.devices.get(series.deviceId)?.judge.view().lastUs ?? null;
      const fromUs = judgedUs ?? (series.newestUs ?? clock.nowMs() * 1_000) - MARGIN_US;
      return { ...series, afterUs: Math.floor(fromUs - run.windowMs * 1_000), past: [] as PastReading[] };
    });
    const bySeries = new Map(some.map((series) => [series.seriesId, series.past]));
    for (const { seriesId, ...reading } of await patiently(() => readingsSince(db.system, some), signal))
      bySeries.get(seriesId)?.push(reading);
    for (const { deviceId: id, past } of some) run.prime(id, past);
  }
}
