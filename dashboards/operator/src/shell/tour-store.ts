import { defineStore } from 'pinia';
import { ref } from 'vue';
import { useSession } from '../session/session-store.ts';

const SEEN_KEY = 'insa.tour-seen';

/** The short tour: offered once to each person in each browser, and again whenever asked for. */
export const useTour = defineStore('tour', () => {
  const session = useSession();
  const isRunning = ref(false);

  function seenBy(): string[] {
    return (localStorage.getItem(SEEN_KEY) ?? '').split(' ').filter((id) => id !== '');
  }

  /** Starts it for somebody who has not seen it here. */
  function offer(): void {
    const id = session.me?.id;
    if (id !== undefined && !seenBy().includes(id) && !seenBy().includes('everybody')) isRunning.value = true;
  }

  /** It is over, or was skipped: both count as seen. */
  function end(): void {
    isRunning.value = false;
    const id = session.me?.id;
    if (id !== undefined && !seenBy().includes(id)) localStorage.setItem(SEEN_KEY, [...seenBy(), id].join(' '));
  }

  return { isRunning, offer, start: () => (isRunning.value = true), end };
});
