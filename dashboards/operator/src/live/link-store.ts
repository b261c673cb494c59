import { defineStore } from 'pinia';
import { computed, ref, watch } from 'vue';
import { localNowMs } from '../clock.ts';
import { useSession } from '../session/session-store.ts';
import { LiveConnection } from './live-connection.ts';
import type { LinkState } from './live-connection.ts';
import { useLive } from './live-store.ts';
import { tickMs } from './server-clock.ts';

/** A second hand that jumped this far means that the machine slept or the page was frozen. */
const SLEEP_GAP_MS = 15_000;
/** How often the lists are compared with the API even when nothing seems wrong. */
const COMPARE_INTERVAL_MS = 60_000;
const REFILL_RETRY_MS = 5_000;
/** The first connection gets this long before the page calls it lost. */
const FIRST_CONNECT_GRACE_MS = 3_000;

/** The state of the live connection and what keeps it truthful: refilling after every gap, waking, comparing. */
export const useLink = defineStore('link', () => {
  const session = useSession();
  const live = useLive();
  const state = ref<LinkState>('connecting');
  const lostSinceMs = ref<number>();
  const reason = ref<string>();
  let startedAtMs = 0;
  let running = false;
  let refillRetry: ReturnType<typeof setTimeout> | undefined;

  const connection = new LiveConnection({
    accessToken: session.accessToken,
    renewToken: session.renew,
    handlers: live.events,
    onState,
  });
  session.onRenewed((token) => connection.authenticate(token));

  /** True when the person must be told that nothing on the page is live. */
  const isLost = computed(() => state.value === 'lost' && (live.loaded || tickMs.value - startedAtMs > FIRST_CONNECT_GRACE_MS));

  function onState(next: LinkState, why?: string): void {
    if (next === 'live') {
      lostSinceMs.value = undefined;
      reason.value = undefined;
      void refillUntilDone();
    }
    if (next === 'lost') {
      lostSinceMs.value ??= localNowMs();
      reason.value = why;
    }
    state.value = next;
  }

  async function refillUntilDone(): Promise<void> {
    clearTimeout(refillRetry);
    const filled = await live.refill();
    if (!filled && running && state.value === 'live') refillRetry = setTimeout(() => void refillUntilDone(), REFILL_RETRY_MS);
  }

  function start(): void {
    if (running) return;
    running = true;
    startedAtMs = localNowMs();
    lostSinceMs.value = undefined;
    connection.start();
    // What is stored can be shown before the live connection stands.
    void live.refill();
  }

  function stop(): void {
    running = false;
    clearTimeout(refillRetry);
    connection.stop();
    live.clear();
  }

  function reconnectNow(): void {
    connection.reconnectNow();
  }

  watch(tickMs, (now, before) => {
    if (running && now - before > SLEEP_GAP_MS) void connection.probe();
  });
  addEventListener('online', () => {
    if (running) connection.reconnectNow();
  });
  setInterval(() => {
    if (running && state.value === 'live' && document.visibilityState === 'visible') void live.refreshQuietly();
  }, COMPARE_INTERVAL_MS);

  return { state, isLost, lostSinceMs, reason, start, stop, reconnectNow };
});
