import { computed, ref, shallowRef } from 'vue';
import type { Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import type { Dashboard, Widget } from '../../../../../../src/contracts/dashboards.ts';
import { ApiError } from '../../../api/problem.ts';
import { useSession } from '../../../session/session-store.ts';
import { useAction } from '../../../ui/use-action.ts';
import { useDraft } from '../model/draft.ts';
import type { Content } from '../model/draft.ts';

const LONGEST_NAME = 200;
const NOTHING: Content = { name: '', description: '', is_public: false, widgets: [], layout: {} };

/** Reading, changing and saving one dashboard. */
export function useBoardEditor(id: Ref<string>) {
  const { t } = useI18n();
  const { request } = useSession();
  const draft = useDraft(NOTHING);
  const board = shallowRef<Dashboard>();
  const loading = useAction();
  const saving = useAction();
  const isMissing = ref(false);
  /** What the server said about a version that somebody else has made. */
  const conflict = ref<string>();
  /** The widgets as they were sent: what is wrong is told by their place in the list. */
  const sent = shallowRef<readonly Widget[]>([]);

  async function load(): Promise<void> {
    await loading.run(async () => {
      try {
        const read = await request('GET /dashboards/{id}', { params: { id: id.value } });
        board.value = read;
        draft.restart(contentOf(read));
        conflict.value = undefined;
      } catch (problem) {
        isMissing.value = problem instanceof ApiError && (problem.status === 404 || problem.status === 400);
        throw problem;
      }
    });
  }

  /** Answers whether it is saved. */
  async function save(): Promise<boolean> {
    const { value } = board;
    if (value === undefined) return false;
    sent.value = draft.content.value.widgets;
    return saving.run(async () => {
      try {
        const body = { ...bodyOf(draft.content.value), version: value.version };
        const saved = await request('PUT /dashboards/{id}', { params: { id: value.id }, body });
        board.value = saved;
        draft.markSaved();
      } catch (problem) {
        if (problem instanceof ApiError && problem.status === 409) conflict.value = problem.message;
        throw problem;
      }
    });
  }

  /** Keeps what was made as a dashboard of one's own, beside the one that somebody else has changed. */
  async function saveAsCopy(): Promise<Dashboard | undefined> {
    let copy: Dashboard | undefined;
    sent.value = draft.content.value.widgets;
    await saving.run(async () => {
      const name = t('boards.copyOf', { name: draft.content.value.name }).slice(0, LONGEST_NAME);
      copy = await request('POST /dashboards', { body: { ...bodyOf(draft.content.value), name, is_public: false } });
      draft.markSaved();
      conflict.value = undefined;
    });
    return copy;
  }

  /** What is wrong with a widget, by the path inside it. */
  function errorsOf(widgetId: string): Readonly<Record<string, string>> {
    const place = sent.value.findIndex((widget) => widget.id === widgetId);
    const prefix = `widgets.${String(place)}.`;
    return Object.fromEntries(
      Object.entries(saving.fieldErrors.value).flatMap(([field, message]) =>
        place >= 0 && field.startsWith(prefix) ? [[field.slice(prefix.length), message]] : [],
      ),
    );
  }

  return {
    draft,
    board,
    load,
    save,
    saveAsCopy,
    isMissing,
    conflict,
    errorsOf,
    loadError: loading.error,
    isSaving: saving.isBusy,
    saveError: saving.error,
    fieldErrors: saving.fieldErrors,
    /** Widgets that the server found something wrong with. */
    wrongWidgets: computed(() => sent.value.filter(({ id: widgetId }) => Object.keys(errorsOf(widgetId)).length > 0)),
  };
}

function contentOf({ name, description, is_public, widgets, layout }: Dashboard): Content {
  return { name, description, is_public, widgets, layout };
}

function bodyOf({ name, description, is_public, widgets, layout }: Content) {
  return { name, description, is_public, widgets: [...widgets], layout: { ...layout } };
}
