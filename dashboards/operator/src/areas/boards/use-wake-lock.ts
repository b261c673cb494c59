import { onBeforeUnmount, onMounted } from 'vue';

/** Keeps the screen awake while the component lives, where the browser offers it. The browser lets go whenever the page is hidden. */
export function useWakeLock(): void {
  let lock: WakeLockSentinel | undefined;
  let isOver = false;

  async function hold(): Promise<void> {
    if (isOver || document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return;
    try {
      const held = await navigator.wakeLock.request('screen');
      if (isOver) await held.release();
      else lock = held;
    } catch (error) {
      // Refused, for instance on an empty battery: the page works as well, the screen just may go dark.
      console.warn('The screen is not kept awake:', error);
    }
  }
  const onVisible = (): void => void hold();

  onMounted(() => {
    document.addEventListener('visibilitychange', onVisible);
    void hold();
  });
  onBeforeUnmount(() => {
    isOver = true;
    document.removeEventListener('visibilitychange', onVisible);
    void lock?.release();
  });
}
