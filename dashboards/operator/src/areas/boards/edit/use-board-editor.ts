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

/** What the server found wrong when widgets were sent: it tells by their place in the list. */
function useFaults(fieldErrors: Ref<Readonly<Record<string, string>>>) {
  const sent = shallowRef<readonly Widget[]>([]);

  /** What is wrong with a widget, by the path inside it. */
  function errorsOf(widgetId: string): Readonly<Record<string, string>> {
    const place = sent.value.findIndex(({ id }) => id === widgetId);
    const prefix = `widgets.${String(place)}.`;
    const ofWidget = Object.entries(fieldErrors.value).filter(([field]) => place >= 0 && field.startsWith(prefix));
    return Object.fromEntries(ofWidget.map(([field, message]) => [field.slice(prefix.length), message]));
  }

  const wrongWidgets = computed(() => sent.value.filter(({ id }) => Object.keys(errorsOf(id)).length > 0));
  return { sent, errorsOf, wrongWidgets };
}

/** Reading, changing and saving one dashboard. */
export function useBoardEditor(id: Ref<string>) {
  const { t } = useI18n();
  const { request } = useSession();
  const draft = useDraft(NOTHING);
  const board = shallowRef<Dashboard>();
  const loading = useAction();
  const saving = useAction();
  const { sent, errorsOf, wrongWidgets } = useFaults(saving.fieldErrors);
  const isMissing = ref(false);
  /** What the server said about a version that somebody else has made. */
  const conflict = ref<string>();

  const load = (): Promise<boolean> =>
    loading.run(async () => {
      const reading = request('GET /dashboards/{id}', { params: { id: id.value } });
      const read = await noticing(reading, ({ status }) => (isMissing.value = status === 404 || status === 400));
      board.value = read;
      draft.restart(contentOf(read));
      conflict.value = undefined;
      saving.error.value = '';
    });

  /** Answers whether it is saved. */
  async function save(): Promise<boolean> {
    const { value } = board;
    if (value === undefined) return false;
    const content = draft.content.value;
    sent.value = content.widgets;
    return saving.run(async () => {
      const body = { ...bodyOf(content), version: value.version };
      const putting = request('PUT /dashboards/{id}', { params: { id: value.id }, body });
      board.value = await noticing(putting, ({ status, message }) => (conflict.value = status === 409 ? message : undefined));
      draft.markSaved(content);
    });
  }

  /** Keeps what was made as a dashboard of one's own, beside the one that somebody else has changed. */
  async function saveAsCopy(): Promise<Dashboard | undefined> {
    let copy: Dashboard | undefined;
    const content = draft.content.value;
    sent.value = content.widgets;
    await saving.run(async () => {
      const name = t('boards.copyOf', { name: content.name }).slice(0, LONGEST_NAME);
      copy = await request('POST /dashboards', { body: { ...bodyOf(content), name, is_public: false } });
      draft.markSaved(content);
      conflict.value = undefined;
    });
    return copy;
  }

  return {
    ...{ draft, board, load, save, saveAsCopy, isMissing, conflict, errorsOf, wrongWidgets },
    loadError: loading.error,
    isSaving: saving.isBusy,
    saveError: saving.error,
    fieldErrors: saving.fieldErrors,
  };
}

/** The answer; a refusal of the server is looked at on its way to whoever tells it. */
async function noticing<Answer>(answer: Promise<Answer>, look: (refusal: ApiError) => unknown): Promise<Answer> {
  try {
    return await answer;
  } catch (problem) {
    if (problem instanceof ApiError) look(problem);
    throw problem;
  }
}

function contentOf({ name, description, is_public, widgets, layout }: Dashboard): Content {
  return { name, description, is_public, widgets, layout };
}

function bodyOf({ name, description, is_public, widgets, layout }: Content) {
  return { name, description, is_public, widgets: [...widgets], layout: { ...layout } };
}
