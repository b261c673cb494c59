import { computed, toValue } from 'vue';
import type { MaybeRefOrGetter, WritableComputedRef } from 'vue';
import { useQuery } from '../use-query.ts';

/** What is chosen of some values, kept in the address under a name. The usual one stands for anything else there, and is not written into it. */
export function useChoice<Value extends string | number>(
  name: string,
  values: readonly Value[],
  usual: MaybeRefOrGetter<Value>,
): WritableComputedRef<Value> {
  const text = useQuery(name);
  return computed({
    get: () => values.find((one) => String(one) === text.value) ?? toValue(usual),
    set: (value) => (text.value = value === toValue(usual) ? '' : String(value)),
  });
}
