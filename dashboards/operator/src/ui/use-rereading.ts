import { onScopeDispose, watch } from 'vue';
import { localNowMs } from '../clock.ts';
import { useLive } from '../live/live-store.ts';

/** How old what is shown may be of things that nobody tells of when others change them. */
const EVERY_MS = 30_000;
/** Whoever comes back reads what is older than this. */
const FRESH_MS = 3_000;

/** Reads again what others may have changed: now and then while somebody sees the page, when they come back to it, and after a gap of the connection. */
export function useRereading(read: () => Promise<unknown>): void {
  const live = useLive();
  let readAtMs = localNowMs();

  function readAgain(): void {
    if (document.visibilityState !== 'visible') return;
    readAtMs = localNowMs();
    void read();
  }
  function comeBack(): void {
    if (localNowMs() - readAtMs > FRESH_MS) readAgain();
  }

  const beat = setInterval(readAgain, EVERY_MS);
  addEventListener('focus', comeBack);
  document.addEventListener('visibilitychange', comeBack);
  watch(() => live.refills, readAgain);
  onScopeDispose(() => {
    clearInterval(beat);
    removeEventListener('focus', comeBack);
    document.removeEventListener('visibilitychange', comeBack);
  });
}
