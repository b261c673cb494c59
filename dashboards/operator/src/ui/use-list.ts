import { computed, onScopeDispose, ref, shallowRef } from 'vue';
import type { Page } from '../../../../src/contracts/common.ts';
import { textOf } from '../api/problem.ts';

/** How many entries come with one request. */
const PAGE_SIZE = 50;

/** Where the next page of a list begins. */
export interface PageQuery {
  limit: number;
  cursor: string | undefined;
}

/** A list that is read page by page as a person asks for more. Whatever was asked for before a `reload` is not shown after it. */
export function useList<Item>(readPage: (page: PageQuery) => Promise<Page<Item>>, pageSize = PAGE_SIZE) {
  const items = shallowRef<readonly Item[]>([]);
  const isLoading = ref(false);
  /** True once the first page has come. */
  const isLoaded = ref(false);
  const error = ref<string>();
  const cursor = ref<string | null>(null);
  let generation = 0;

  async function read(isFirst: boolean): Promise<void> {
    const mine = (generation += 1);
    isLoading.value = true;
    error.value = undefined;
    try {
      const answer = await readPage({ limit: pageSize, cursor: isFirst ? undefined : (cursor.value ?? undefined) });
      if (mine !== generation) return;
      items.value = isFirst ? answer.items : [...items.value, ...answer.items];
      cursor.value = answer.next_cursor;
      isLoaded.value = true;
    } catch (problem) {
      if (mine === generation) error.value = textOf(problem);
    } finally {
      if (mine === generation) isLoading.value = false;
    }
  }

  onScopeDispose(() => (generation += 1));
  return {
    items,
    isLoading,
    isLoaded,
    error,
    hasMore: computed(() => cursor.value !== null),
    /** Reads the list from its beginning; what is shown stays until the answer is there. */
    reload: () => read(true),
    more: () => read(false),
    /** Changes what is shown, as after a change of one entry. */
    change: (by: (items: readonly Item[]) => readonly Item[]) => (items.value = by(items.value)),
  };
}
