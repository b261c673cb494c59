import type { Clock } from '../../../core/clock.ts';
import type { CachedRoute } from '../../route.ts';

/** A period that ended so long ago is past: what comes later for it is late, and may wait for the life of an answer. */
const PAST_MS = 120_000;

/** Readings of the past may be answered again; a page that follows what happens joins the answer with the live values and must have the newest. */
export function cachedPast(clock: Clock): CachedRoute {
  return {
    region: 'telemetry',
    reads: ['series', 'devices', 'history'],
    when: ({ end, format }) => format !== 'columns' && typeof end === 'string' && Number(end) / 1_000 < clock.nowMs() - PAST_MS,
  };
}
