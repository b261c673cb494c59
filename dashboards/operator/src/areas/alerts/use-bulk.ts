import { computed, onScopeDispose, ref, shallowRef } from 'vue';
import { ApiError, textOf } from '../../api/problem.ts';
import { useAlertActions } from '../../live/alert-actions.ts';
import type { AlertDeed } from '../../live/alert-actions.ts';
import { forMany } from './bulk.ts';
import type { Progress } from './bulk.ts';

/** Few enough that the server has room for everybody else. */
const CONCURRENCY = 4;
const TOO_MANY_REQUESTS = 429;
const DEFAULT_WAIT_SECONDS = 5;

/** Acknowledging or resolving many alerts, and what became of it. */
export function useBulk() {
  const actions = useAlertActions();
  const progress = shallowRef<Progress>();
  const isRunning = ref(false);
  const isWaiting = ref(false);
  const isStopped = ref(false);

  async function run(deed: AlertDeed, ids: readonly string[], note: string): Promise<void> {
    if (isRunning.value) return;
    isRunning.value = true;
    isStopped.value = false;
    try {
      await forMany({
        ids,
        concurrency: CONCURRENCY,
        work: async (id) => {
          await actions.attempt(deed, id, note);
          isWaiting.value = false;
        },
        waitOf,
        pause,
        textOf,
        onProgress: (now) => (progress.value = now),
        isStopped: () => isStopped.value,
      });
    } finally {
      isRunning.value = false;
      isWaiting.value = false;
    }
    for (const { id } of progress.value?.failures ?? []) actions.forgetError(id);
  }

  function pause(durationMs: number): Promise<void> {
    isWaiting.value = true;
    return new Promise((resolve) => setTimeout(resolve, durationMs));
  }

  // Who leaves the page in the middle has not asked for the rest to be dropped, but would never hear of it.
  onScopeDispose(() => (isStopped.value = true));
  return {
    progress,
    isRunning,
    isWaiting,
    wasStopped: computed(() => !isRunning.value && progress.value !== undefined && progress.value.done < progress.value.total),
    run,
    stop: () => (isStopped.value = true),
    dismiss: () => (progress.value = undefined),
  };
}

function waitOf(error: unknown): number | undefined {
  if (!(error instanceof ApiError) || error.status !== TOO_MANY_REQUESTS) return undefined;
  return (error.retryAfterSeconds ?? DEFAULT_WAIT_SECONDS) * 1_000;
}
