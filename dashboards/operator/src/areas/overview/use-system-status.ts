import { onScopeDispose, shallowRef } from 'vue';
import type { SystemStatus } from '../../../../../src/contracts/system-status.ts';
import { ApiError } from '../../api/problem.ts';
import { useSession } from '../../session/session-store.ts';

/** How often the platform is asked while somebody can see the page. */
const ASK_EVERY_MS = 3_000;

/** What the platform is doing, as of a moment ago; undefined while that is not known. Nobody asks for a page that nobody sees. */
export function useSystemStatus() {
  const session = useSession();
  const status = shallowRef<SystemStatus>();
  let isAsking = false;

  async function ask(): Promise<void> {
    if (isAsking || document.visibilityState !== 'visible') return;
    isAsking = true;
    try {
      status.value = await session.request('GET /system/status', {});
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // What was known may be wrong now.
      status.value = undefined;
    } finally {
      isAsking = false;
    }
  }

  const askNow = (): void => void ask();
  const beat = setInterval(askNow, ASK_EVERY_MS);
  document.addEventListener('visibilitychange', askNow);
  askNow();
  onScopeDispose(() => {
    clearInterval(beat);
    document.removeEventListener('visibilitychange', askNow);
  });
  return status;
}
