import type { Directive } from 'vue';

/** A dialog that opens is hidden for some frames, in which nothing of it takes the focus; the widest is there after a third of them. */
const MOST_FRAMES = 60;

/**
 * `v-focus-when-shown`: the field with which a dialog begins has the focus as soon as it can be seen, unless another one of the dialog has it by then.
 * The library's own `autofocus` comes 50 ms later whatever happened meanwhile, and takes the keys that are meant for the next field.
 */
export const vFocusWhenShown: Directive<HTMLElement> = {
  mounted(root) {
    const field = root.querySelector<HTMLElement>('input, textarea');
    if (field !== null) focusWhenShown(field, MOST_FRAMES);
  },
};

function focusWhenShown(field: HTMLElement, frames: number): void {
  const focused = document.activeElement;
  const isElsewhere = focused?.closest('[role=dialog] :is(input, textarea, button)') ?? null;
  if (frames === 0 || !field.isConnected || (isElsewhere !== null && field.closest('[role=dialog]')?.contains(isElsewhere) === true))
    return;
  field.focus({ preventScroll: true });
  if (document.activeElement !== field) requestAnimationFrame(() => focusWhenShown(field, frames - 1));
}
