import { computed } from 'vue';
import { useRoute, useRouter } from 'vue-router';

/** Filters that live in the address, so that a reload or a shared link shows the same. A filter that is not set is an empty text. */
export function useFilters<Name extends string>(names: readonly Name[]) {
  const route = useRoute();
  const router = useRouter();
  const { path } = route;

  const read = (): Record<Name, string> => {
    const entries = names.map((name): [Name, string] => {
      const value = route.query[name];
      return [name, typeof value === 'string' ? value : ''];
    });
    return Object.fromEntries(entries) as Record<Name, string>;
  };
  // On the way to another page the address is already that page's, while this one still looks at it.
  const values = computed<Record<Name, string>>((before) => (route.path === path || before === undefined ? read() : before));

  /** Sets some filters; an empty text takes one away. */
  function set(changes: Readonly<Partial<Record<Name, string>>>): void {
    const kept = Object.entries({ ...route.query, ...changes }).filter(([, value]) => value !== '' && value !== undefined);
    void router.replace({ query: Object.fromEntries(kept) });
  }

  return {
    values,
    set,
    clear: () => set(Object.fromEntries(names.map((name) => [name, ''])) as Record<Name, string>),
    isFiltered: computed(() => names.some((name) => values.value[name] !== '')),
  };
}
