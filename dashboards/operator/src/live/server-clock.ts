import { computed, readonly, ref } from 'vue';
import { localNowMs } from '../clock.ts';
import { estimateOffsetMs, narrowOffset } from './clock-offset.ts';
import type { ClockOffset, ClockSample } from './clock-offset.ts';

const TICK_MS = 1_000;

const offset = ref<ClockOffset>();
const localMs = ref(localNowMs());

/** Epoch milliseconds of the server's clock, renewed every second: what ages are counted against, even where this machine's clock is wrong. */
export const serverNowMs = computed(() => localMs.value + estimateOffsetMs(offset.value));

/** Epoch milliseconds of this machine's clock, renewed every second. */
export const tickMs = readonly(localMs);

/** The server's time at this instant, not at the last tick. */
export function serverTimeNowMs(): number {
  return localNowMs() + estimateOffsetMs(offset.value);
}

/** Learns from the `Date` header of an answer. */
export function learnServerTime(dateHeader: string | null, sample: Omit<ClockSample, 'dateHeaderMs'>): void {
  const dateHeaderMs = dateHeader === null ? Number.NaN : Date.parse(dateHeader);
  if (!Number.isNaN(dateHeaderMs)) offset.value = narrowOffset(offset.value, { ...sample, dateHeaderMs });
}

/** Starts the second hand. Called once, by `main.ts`. */
export function startServerClock(): void {
  setInterval(() => {
    localMs.value = localNowMs();
  }, TICK_MS);
}
