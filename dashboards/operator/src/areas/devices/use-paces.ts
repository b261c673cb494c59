import { onScopeDispose, ref, watch } from 'vue';
import { ApiError } from '../../api/problem.ts';
import { useLive } from '../../live/live-store.ts';
import { parseMillis } from '../../live/timestamps.ts';
import { useSession } from '../../session/session-store.ts';
import { Paces } from './staleness.ts';

/** Readings that tell a device's pace when its page is opened. */
const FIRST_READINGS = 200;

/** How often each quantity of a device usually has a reading; learnt from what is stored, and from what comes. */
export function usePaces(deviceId: () => string): { usualMs: (key: string) => number | undefined } {
  const live = useLive();
  const session = useSession();
  const paces = new Paces();
  /** Rises with what is learnt at the start, so that what depends on it is drawn anew. */
  const learnt = ref(0);

  async function learn(id: string): Promise<void> {
    paces.clear();
    try {
      const page = await session.request('GET /telemetry/{device_id}', {
        params: { device_id: id },
        query: { limit: String(FIRST_READINGS) },
      });
      if (id !== deviceId() || !('items' in page)) return;
      for (const { key, timestamp } of page.items.toReversed()) paces.note(key, parseMillis(timestamp));
      learnt.value += 1;
    } catch (error) {
      // Without it the pace is learnt from what comes; what is wrong with the server is told elsewhere.
      if (!(error instanceof ApiError)) throw error;
    }
  }

  watch(deviceId, (id) => void learn(id), { immediate: true });
  onScopeDispose(
    live.onReading((id, key, { timeMs }) => {
      if (id === deviceId()) paces.note(key, timeMs);
    }),
  );
  return { usualMs: (key) => (learnt.value < 0 ? undefined : paces.usualMs(key)) };
}
