import { computed, onScopeDispose, shallowRef, watch } from 'vue';
import type { Ref } from 'vue';
import type { Alert } from '../../../../../src/contracts/alerts.ts';
import { ApiError } from '../../api/problem.ts';
import type { ChartPeriod, ChartSpan } from '../../charts/chart.ts';
import { rangeOf } from '../../charts/use-chart-feed.ts';
import { useLive } from '../../live/live-store.ts';
import { serverTimeNowMs } from '../../live/server-clock.ts';
import { parseMillis, wholeMinutes } from '../../live/timestamps.ts';
import { useSession } from '../../session/session-store.ts';

/** More alerts than this in one chart hide the lines. */
const MOST_ALERTS = 50;

/** The alerts of a device within a period, as stretches of a chart; open ones go on. */
export function useAlertSpans(deviceId: () => string, period: Ref<ChartPeriod>) {
  const live = useLive();
  const session = useSession();
  const past = shallowRef<readonly Alert[]>([]);
  let generation = 0;

  async function load(): Promise<void> {
    const mine = (generation += 1);
    past.value = [];
    if (!session.may('alerts:read')) return;
    const { startMs, endMs } = wholeMinutes(rangeOf(period.value, serverTimeNowMs()));
    const query = {
      device_id: deviceId(),
      status: 'resolved',
      start: new Date(startMs).toISOString(),
      end: new Date(endMs).toISOString(),
      limit: MOST_ALERTS,
    };
    try {
      const { items } = await session.request('GET /alerts', { query });
      if (mine === generation) past.value = items;
    } catch (error) {
      // The chart is of use without them; what is wrong with the server is told elsewhere.
      if (!(error instanceof ApiError)) throw error;
    }
  }

  watch([deviceId, () => JSON.stringify(period.value), () => live.refills], load, { immediate: true });
  onScopeDispose(() => (generation += 1));
  return computed(() => {
    const open = [...live.alerts.values()].filter(({ device_id: id }) => id === deviceId());
    const isOpen = new Set(open.map(({ id }) => id));
    return [...past.value.filter(({ id }) => !isOpen.has(id)), ...open].map(spanOf);
  });
}

function spanOf({ raised_at: raisedAt, resolved_at: resolvedAt, message, severity }: Alert): ChartSpan {
  const endMs = resolvedAt === null ? undefined : parseMillis(resolvedAt);
  return { startMs: parseMillis(raisedAt), label: message, tone: severity, ...(endMs === undefined ? {} : { endMs }) };
}
