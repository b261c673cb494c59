import { nextTick, watch } from 'vue';
import type { Ref } from 'vue';

/** Brings the focus back to where it was when a dialog that was opened by program is closed. */
export function useFocusReturn(isOpen: Readonly<Ref<boolean>>): void {
  let places: HTMLElement[] = [];
  watch(
    isOpen,
    async (open, wasOpen) => {
      if (open) places = placesNow();
      else if (wasOpen === true) {
        await nextTick();
        places.find((place) => place.isConnected && place.checkVisibility())?.focus({ preventScroll: true });
      }
    },
    { immediate: true },
  );
}

/** Where the focus is, and (of an entry of a menu, which is gone by then) the button that opened the menu. */
function placesNow(): HTMLElement[] {
  const focused = document.activeElement;
  if (!(focused instanceof HTMLElement) || focused === document.body) return [];
  const menu = focused.closest('.v-overlay[id]');
  const opener = menu === null ? null : document.querySelector(`[aria-controls="${CSS.escape(menu.id)}"]`);
  return opener instanceof HTMLElement ? [focused, opener] : [focused];
}
