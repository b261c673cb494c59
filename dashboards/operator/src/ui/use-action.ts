import { ref } from 'vue';
import { ApiError, textOf } from '../api/problem.ts';

/** Something a person asked for: whether it is under way, and what went wrong. */
export function useAction() {
  const isBusy = ref(false);
  /** In the words of the server; empty while nothing is wrong. */
  const error = ref('');
  /** What is wrong with which field, by its path in the request. */
  const fieldErrors = ref<Readonly<Record<string, string>>>({});

  /** Carries it out unless it is under way; answers whether it worked. */
  async function run(action: () => Promise<unknown>): Promise<boolean> {
    if (isBusy.value) return false;
    isBusy.value = true;
    error.value = '';
    fieldErrors.value = {};
    try {
      await action();
      return true;
    } catch (problem) {
      error.value = textOf(problem);
      if (problem instanceof ApiError) fieldErrors.value = Object.fromEntries(problem.fields.map(({ field, message }) => [field, message]));
      return false;
    } finally {
      isBusy.value = false;
    }
  }

  return { isBusy, error, fieldErrors, run };
}
