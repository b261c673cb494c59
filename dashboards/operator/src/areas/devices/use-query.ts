import { computed } from 'vue';
import type { WritableComputedRef } from 'vue';
import { useRoute, useRouter } from 'vue-router';

/** What is to be changed in the address; an empty text takes the name out of it. */
export type QueryChanges = Readonly<Record<string, string | string[]>>;

/** What the address keeps under a name; empty where it says nothing. Changes replace the entry in the history. */
export function useQuery(name: string): WritableComputedRef<string> {
  const route = useRoute();
  const router = useRouter();
  return computed({
    get: () => textOf(route.query[name]),
    set: (value) => void changeQuery({ [name]: value }, { route, router }),
  });
}

/** Several changes at once, of which each alone would undo the others. */
export function useQueryChange(): (changes: QueryChanges) => void {
  const route = useRoute();
  const router = useRouter();
  return (changes) => void changeQuery(changes, { route, router });
}

function changeQuery(
  changes: QueryChanges,
  { route, router }: { route: ReturnType<typeof useRoute>; router: ReturnType<typeof useRouter> },
): Promise<unknown> {
  const query = Object.fromEntries(Object.entries({ ...route.query, ...changes }).filter(([, value]) => value !== '' && value !== null));
  return router.replace({ query, hash: route.hash });
}

function textOf(value: unknown): string {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' ? first : '';
}
