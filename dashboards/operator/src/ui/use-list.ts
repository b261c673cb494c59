import { computed, onScopeDispose, ref, shallowRef } from 'vue';
import type { Page } from '../../../../src/contracts/common.ts';
import { ApiError, textOf } from '../api/problem.ts';

/** How many entries come with one request, and how many may. */
const PAGE_SIZE = 50;
const LARGEST_PAGE = 500;

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
  /** Rises with every change that was made here: what was asked before does not know of it. */
  let changes = 0;

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

  async function refresh(): Promise<void> {
    if (!isLoaded.value || isLoading.value) return;
    const [mine, before, wanted] = [generation, changes, Math.max(pageSize, items.value.length)];
    const read: Item[] = [];
    let next: string | null = null;
    try {
      do {
        const limit = Math.min(wanted - read.length, LARGEST_PAGE);
        const answer: Page<Item> = await readPage({ limit, cursor: next ?? undefined });
        read.push(...answer.items);
        next = answer.next_cursor;
      } while (next !== null && read.length < wanted);
    } catch (problem) {
      // Nobody asked for this: what is shown stays, and that the server is away the page says elsewhere.
      if (problem instanceof ApiError) return;
      throw problem;
    }
    if (mine !== generation || before !== changes) return;
    items.value = read;
    cursor.value = next;
    error.value = undefined;
  }

  function change(by: (items: readonly Item[]) => readonly Item[]): void {
    changes += 1;
    items.value = by(items.value);
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
    change,
    /** Reads as much as is shown anew, without a sign of it; what fails changes nothing. */
    refresh,
  };
}
