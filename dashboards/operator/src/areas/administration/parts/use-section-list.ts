import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import type { Page } from '../../../../../../src/contracts/common.ts';
import { ApiError } from '../../../api/problem.ts';
import { useList } from '../../../ui/use-list.ts';
import type { PageQuery } from '../../../ui/use-list.ts';

/** A list of a section; `state` is what `ListBody` shows of it. Rights that were taken away meanwhile are told as that. */
export function useSectionList<Item>(readPage: (page: PageQuery) => Promise<Page<Item>>, pageSize?: number) {
  const { t } = useI18n();
  const list = useList<Item>(async (page) => {
    try {
      return await readPage(page);
    } catch (problem) {
      if (problem instanceof ApiError && problem.status === 403) throw new Error(t('noAccess.lost', { reason: problem.message }));
      throw problem;
    }
  }, pageSize);
  const { items, isLoading, isLoaded, error, hasMore } = list;
  const state = computed(() => ({
    count: items.value.length,
    isLoading: isLoading.value,
    isLoaded: isLoaded.value,
    error: error.value,
    hasMore: hasMore.value,
  }));
  return { ...list, state };
}
