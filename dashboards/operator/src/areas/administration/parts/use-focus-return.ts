import { nextTick, watch } from 'vue';
import type { Ref } from 'vue';

/** Brings the focus back to where it was when a dialog that was opened by program is closed. */
export function useFocusReturn(isOpen: Readonly<Ref<boolean>>): void {
  let before: Element | null = null;
  watch(isOpen, async (open) => {
    if (open) {
      before = document.activeElement;
      return;
    }
    await nextTick();
    if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
  });
}
