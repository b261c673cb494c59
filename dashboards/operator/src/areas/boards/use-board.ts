import { onScopeDispose, ref, shallowRef, watch } from 'vue';
import type { Dashboard } from '../../../../../src/contracts/dashboards.ts';
import { ApiError, textOf } from '../../api/problem.ts';
import { useLive } from '../../live/live-store.ts';
import { useSession } from '../../session/session-store.ts';

/** How often a dashboard that is looked at is compared with what the server has. */
const COMPARE_INTERVAL_MS = 60_000;

/** One dashboard, kept current while it is looked at: others may change it. */
export function useBoard(id: () => string | undefined) {
  const { request } = useSession();
  const live = useLive();
  const board = shallowRef<Dashboard>();
  const error = ref<string>();
  /** It does not exist, or is somebody else's. */
  const isMissing = ref(false);
  let generation = 0;

  async function load(): Promise<void> {
    const wanted = id();
    const mine = (generation += 1);
    if (wanted === undefined) return;
    try {
      const read = await request('GET /dashboards/{id}', { params: { id: wanted } });
      if (mine !== generation) return;
      if (board.value?.id !== read.id || board.value.version !== read.version) board.value = read;
      error.value = undefined;
      isMissing.value = false;
    } catch (problem) {
      if (mine !== generation) return;
      // An id that is none is answered with 400: for whoever follows a link it is the same.
      isMissing.value = problem instanceof ApiError && (problem.status === 404 || problem.status === 400);
      if (isMissing.value) board.value = undefined;
      error.value = textOf(problem);
    }
  }

  // What was shown before stays until the next is there: a wall screen turns from one to the other without a gap.
  watch(id, () => void load(), { immediate: true });
  watch(
    () => live.refills,
    () => void load(),
  );
  const comparing = setInterval(() => {
    if (document.visibilityState === 'visible') void load();
  }, COMPARE_INTERVAL_MS);
  onScopeDispose(() => {
    generation += 1;
    clearInterval(comparing);
  });

  return { board, error, isMissing, load };
}
