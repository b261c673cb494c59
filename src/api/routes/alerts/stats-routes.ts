import { z } from 'zod';
import { ALERT_STATS_LIMITS, alertStatsSchema } from '../../../contracts/alert-stats.ts';
import type { Clock } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import type { AlertActions } from '../../ports.ts';
import { defineRoute, ok } from '../../route.ts';
import type { Route } from '../../route.ts';
import { ALERTS_TAG, instantMs } from './shared.ts';

/** What the route of the statistics uses. */
export interface AlertStatsRouteDeps {
  alerts: AlertActions;
  clock: Clock;
}

const DAY_MS = 86_400_000;

const statsQuery = z.strictObject({
  start: instantMs.optional().meta({ description: 'From this instant on; 24 hours before the end unless given' }),
  end: instantMs.optional().meta({ description: 'Before this instant; now unless given' }),
});

/** How many alerts there are and were; it stands before `/alerts/{id}`. */
export function alertStatsRoute({ alerts, clock }: AlertStatsRouteDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/alerts/stats',
    permission: 'alerts:read',
    tag: ALERTS_TAG,
    summary: 'Statistics of alerts',
    description: `What is open now, and what was raised in a period of at most ${String(ALERT_STATS_LIMITS.days)} days: counts, devices and rules with the most, and how long people took.`,
    query: statsQuery,
    responses: { 200: { description: 'The statistics', schema: alertStatsSchema } },
    cached: { region: 'alerts', reads: ['alerts', 'rules', 'devices'] },
    handler: async ({ caller, query }) => ok(await alerts.stats(caller.principal.tenantId, periodOf(query, clock.nowMs()))),
  });
}

function periodOf(query: z.output<typeof statsQuery>, nowMs: number): { startMs: number; endMs: number } {
  const endMs = query.end ?? nowMs;
  const startMs = query.start ?? endMs - DAY_MS;
  const { days } = ALERT_STATS_LIMITS;
  if (startMs >= endMs) {
    throw invalid('start', `"start" is not before the end ${new Date(endMs).toISOString()}; send an earlier one, or a later "end".`);
  }
  if (endMs - startMs > days * DAY_MS) {
    throw invalid('start', `The period is ${((endMs - startMs) / DAY_MS).toFixed(1)} days long; send one of at most ${String(days)} days.`);
  }
  return { startMs, endMs };
}

function invalid(field: string, message: string): AppError {
  return new AppError('INVALID_REQUEST', message, { errors: [{ field, message }] });
}
