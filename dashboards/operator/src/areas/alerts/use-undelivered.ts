import { onScopeDispose, shallowRef } from 'vue';
import { useSession } from '../../session/session-store.ts';

const INTERVAL_MS = 30_000;
const MOST = 500;

/** The ids of alerts of which somebody could not be told, as far as the newest failed notifications go; none for who may not see them. */
export function useUndelivered() {
  const session = useSession();
  const ids = shallowRef<ReadonlySet<string>>(new Set());

  async function read(): Promise<void> {
    if (!session.may('notifications:read') || document.visibilityState !== 'visible') return;
    try {
      const { items } = await session.request('GET /notifications', { query: { status: 'failed', limit: MOST } });
      ids.value = new Set(items.flatMap(({ alert_id: id }) => (id === null ? [] : [id])));
    } catch (error) {
      // The marks stay as they were; that the server is away the page says elsewhere.
      console.warn('Failed notifications could not be read:', error);
    }
  }

  void read();
  const timer = setInterval(() => void read(), INTERVAL_MS);
  onScopeDispose(() => clearInterval(timer));
  return { ids, read };
}
