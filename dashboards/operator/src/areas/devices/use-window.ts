import { computed, onBeforeUnmount, ref, watch } from 'vue';
import type { Ref } from 'vue';

/** Rows beyond what is seen, so that fast scrolling shows no holes. */
const SPARE_ROWS = 6;

/** Which of `count` rows of one height are to be rendered in a frame that scrolls. */
export function useWindow(frame: Ref<HTMLElement | undefined>, count: () => number, rowHeight: () => number) {
  const top = ref(0);
  const height = ref(0);
  const first = computed(() => Math.max(0, Math.min(count() - 1, Math.floor(top.value / rowHeight())) - SPARE_ROWS));
  const last = computed(() => Math.min(count(), Math.ceil((top.value + height.value) / rowHeight()) + SPARE_ROWS));
  const observer = new ResizeObserver(() => (height.value = frame.value?.clientHeight ?? 0));

  watch(
    frame,
    (now, before) => {
      if (before !== undefined) observer.unobserve(before);
      if (now === undefined) return;
      observer.observe(now);
      [height.value, top.value] = [now.clientHeight, now.scrollTop];
    },
    { flush: 'post' },
  );
  onBeforeUnmount(() => observer.disconnect());

  return {
    first,
    last,
    /** What is left out above and below, in pixels. */
    above: computed(() => first.value * rowHeight()),
    below: computed(() => Math.max(0, (count() - last.value) * rowHeight())),
    onScroll: () => (top.value = frame.value?.scrollTop ?? 0),
    toTop: () => frame.value?.scrollTo({ top: 0 }),
  };
}
