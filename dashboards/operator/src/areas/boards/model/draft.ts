import { computed, shallowRef } from 'vue';
import type { Widget, WidgetPosition } from '../../../../../../src/contracts/dashboards.ts';
import { completed, DEFAULT_SIZES, firstFree, moved, sameLayout, tidied } from './grid-layout.ts';
import type { Layout } from './grid-layout.ts';

/** What a dashboard says, as it is edited. */
export interface Content {
  name: string;
  description: string;
  is_public: boolean;
  widgets: readonly Widget[];
  layout: Layout;
}

/** So many steps can be undone. */
const MOST_STEPS = 100;

/** The steps of a draft: what it says, what it said before, and what was undone. */
function useSteps(initial: Content) {
  const content = shallowRef(complete(initial));
  const saved = shallowRef(content.value);
  const past = shallowRef<readonly Content[]>([]);
  const future = shallowRef<readonly Content[]>([]);
  let lastPlace: string | undefined;

  /** Takes a new content; `place` names what is changed, so that its next change belongs to the same step. */
  function change(next: Content, place?: string): void {
    if (isSame(next, content.value)) return;
    const goesOn = place !== undefined && place === lastPlace && future.value.length === 0;
    if (!goesOn) past.value = [...past.value, content.value].slice(-MOST_STEPS);
    future.value = [];
    lastPlace = place;
    content.value = complete(next);
  }

  function step(from: typeof past, to: typeof past): void {
    const target = from.value.at(-1);
    if (target === undefined) return;
    from.value = from.value.slice(0, -1);
    to.value = [...to.value, content.value];
    lastPlace = undefined;
    content.value = target;
  }

  function restart(next: Content): void {
    content.value = complete(next);
    saved.value = content.value;
    past.value = [];
    future.value = [];
    lastPlace = undefined;
  }

  return { content, saved, past, future, change, step, restart };
}

/**
 * A dashboard that is being edited: every change is a step that can be undone. Changes that go on in the same place, as letters typed into one
 * field, are one step.
 */
export function useDraft(initial: Content) {
  const { content, saved, past, future, change, step, restart } = useSteps(initial);
  const put = (part: Partial<Content>, place?: string): void => change({ ...content.value, ...part }, place);

  return {
    content,
    isChanged: computed(() => !isSame(content.value, saved.value)),
    canUndo: computed(() => past.value.length > 0),
    canRedo: computed(() => future.value.length > 0),
    undo: () => step(past, future),
    redo: () => step(future, past),
    /** Begins anew with what the server has; nothing can be undone. */
    restart,
    /** This is what the server has; what was changed while it was sent is not. */
    markSaved: (sent: Content = content.value) => (saved.value = sent),
    describe: (fields: Partial<Pick<Content, 'name' | 'description' | 'is_public'>>) => put(fields, Object.keys(fields).join()),
    /** Adds a widget at a place, or where the first room for it is. */
    add: (widget: Widget, at?: WidgetPosition) => {
      const { widgets, layout } = content.value;
      const place = at ?? firstFree(layout, DEFAULT_SIZES[widget.type]);
      put({ widgets: [...widgets, widget], layout: moved({ ...layout, [widget.id]: place }, widget.id, place) });
    },
    remove: (id: string) => put({ widgets: content.value.widgets.filter((widget) => widget.id !== id) }),
    configure: (id: string, next: Widget, place?: string) =>
      put({ widgets: content.value.widgets.map((widget) => (widget.id === id ? next : widget)) }, place && `${id} ${place}`),
    move: (id: string, to: WidgetPosition) => put({ layout: moved(content.value.layout, id, to) }, `place ${id}`),
    /** Takes the places as they are, such as those after a drag. */
    arrange: (layout: Layout) => put({ layout }),
    tidy: () => put({ layout: tidied(content.value.layout) }),
  };
}

export type Draft = ReturnType<typeof useDraft>;

/** An id that none of the widgets has: its type and a number. */
export function newWidgetId(type: Widget['type'], widgets: readonly Pick<Widget, 'id'>[]): string {
  const taken = new Set(widgets.map(({ id }) => id));
  let number = 1;
  while (taken.has(`${type}-${String(number)}`)) number += 1;
  return `${type}-${String(number)}`;
}

function complete(content: Content): Content {
  return { ...content, layout: completed(content.widgets, content.layout) };
}

function isSame(a: Content, b: Content): boolean {
  return (
    a.name === b.name &&
    a.description === b.description &&
    a.is_public === b.is_public &&
    (a.widgets === b.widgets || JSON.stringify(a.widgets) === JSON.stringify(b.widgets)) &&
    sameLayout(a.layout, b.layout)
  );
}
