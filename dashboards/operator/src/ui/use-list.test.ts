import assert from 'node:assert/strict';
import { effectScope } from 'vue';
import { ApiError } from '../api/problem.ts';
import { useList } from './use-list.ts';
import type { PageQuery } from './use-list.ts';

describe('a list that is read page by page', () => {
  /** A server with `entries`, whose answers wait until they are let go when `isHeld`. */
  function server(entries: string[]) {
    const asked: PageQuery[] = [];
    const held: (() => void)[] = [];
    const state = { entries, isAway: false, isHeld: false };
    const readPage = async (page: PageQuery) => {
      asked.push(page);
      const from = page.cursor === undefined ? 0 : Number(page.cursor);
      const items = state.entries.slice(from, from + page.limit);
      const answer = { items, next_cursor: from + page.limit < state.entries.length ? String(from + page.limit) : null };
      if (state.isHeld) await new Promise<void>((resolve) => held.push(resolve));
      if (state.isAway) throw new ApiError(0, { code: 'UNREACHABLE', detail: 'away' });
      return answer;
    };
    const list = effectScope().run(() => useList(readPage, 2));
    assert.ok(list);
    return { state, asked, list, letGo: () => held.splice(0).forEach((go) => go()) };
  }

  it('reads as much as is shown anew, and knows what comes after it', async () => {
    const { state, asked, list } = server(['a', 'b', 'c', 'd', 'e']);
    await list.reload();
    await list.more();
    state.entries = ['new', 'a', 'b', 'd', 'e'];
    await list.refresh();
    assert.deepEqual(list.items.value, ['new', 'a', 'b', 'd']);
    assert.deepEqual(asked.at(-1), { limit: 4, cursor: undefined });
    await list.more();
    assert.deepEqual(list.items.value, ['new', 'a', 'b', 'd', 'e']);
  });

  it('keeps what it has while the server is away, without a word', async () => {
    const { state, list } = server(['a']);
    await list.reload();
    state.isAway = true;
    await list.refresh();
    assert.deepEqual([list.items.value, list.error.value, list.isLoading.value], [['a'], undefined, false]);
  });

  it('does not undo what was changed here meanwhile', async () => {
    const { state, list, letGo } = server(['a', 'b']);
    await list.reload();
    state.isHeld = true;
    const refreshed = list.refresh();
    list.change((items) => items.filter((one) => one !== 'a'));
    letGo();
    await refreshed;
    assert.deepEqual(list.items.value, ['b']);
  });
});
