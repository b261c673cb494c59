import { onScopeDispose, watch } from 'vue';
import { useLive } from './live-store.ts';

/** Of one part of a page; a connection may name 5,000 in all, and nobody looks at more than these at once. */
const MOST_DEVICES = 300;

/**
 * Keeps the values of these devices live for as long as the component is there. In a small plant the page has every value anyway; in a large one
 * it has only those that somebody needs, so every page that shows values says here whose.
 */
export function useLiveDevices(deviceIds: () => readonly string[]): void {
  const live = useLive();
  let held: readonly string[] = [];
  watch(
    // By what is in it: a new list of the same devices changes nothing.
    () =>
      [...new Set(deviceIds())]
        .slice(0, MOST_DEVICES)
        .sort((left, right) => (left < right ? -1 : 1))
        .join('\n'),
    (text) => {
      const before = held;
      held = text === '' ? [] : text.split('\n');
      live.need(held);
      live.release(before);
    },
    { immediate: true },
  );
  onScopeDispose(() => live.release(held));
}
