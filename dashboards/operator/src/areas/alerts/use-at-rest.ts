import { onScopeDispose, ref, watch } from 'vue';
import type { Ref } from 'vue';

/** So long after the last move over a list a person is taken to be about to click on it. */
const ACTIVE_MS = 2_500;
/** What is above this is behind the header. */
const HEADER_PX = 56;
const ACTIVE_EVENTS = ['pointermove', 'pointerdown', 'touchstart', 'keydown', 'focusin', 'wheel'] as const;

/** Whether somebody has just moved, touched or typed over `element`, or has scrolled its beginning out of sight. */
export function useAtRest(element: Readonly<Ref<HTMLElement | null>>): { isActive: Ref<boolean> } {
  const isUsed = ref(false);
  const isActive = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isScrolled = false;
  const decide = (): void => {
    isActive.value = isUsed.value || isScrolled;
  };
  const used = (): void => {
    isUsed.value = true;
    clearTimeout(timer);
    timer = setTimeout(() => {
      isUsed.value = false;
      decide();
    }, ACTIVE_MS);
    decide();
  };
  const scrolled = (): void => {
    isScrolled = (element.value?.getBoundingClientRect().top ?? HEADER_PX) < HEADER_PX;
    decide();
  };
  watch(
    element,
    (now, before) => {
      for (const event of ACTIVE_EVENTS) {
        before?.removeEventListener(event, used);
        now?.addEventListener(event, used, { passive: true });
      }
    },
    { immediate: true },
  );
  addEventListener('scroll', scrolled, { passive: true });
  onScopeDispose(() => {
    clearTimeout(timer);
    removeEventListener('scroll', scrolled);
  });
  return { isActive };
}
