import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import type { Alert } from '../../../../src/contracts/alerts.ts';
import { acknowledgeAlert, getAlert } from '../api/resources.ts';
import { ApiError, textOf } from '../api/problem.ts';
import { useSession } from '../session/session-store.ts';
import { useLive } from './live-store.ts';
import { inOrderOfUrgency } from './open-alerts.ts';

/** An alert as the list shows it: with what this page has asked for and what came of it. */
export interface ShownAlert {
  alert: Alert;
  /** True from the click until the server has answered; shown as being saved, not as done. */
  isSaving: boolean;
  /** Why the last attempt failed, in the server's words. */
  error: string | undefined;
}

/** Acknowledging, shown at once and corrected by the truth: the server's answer, or its refusal. */
export const useAlertActions = defineStore('alert-actions', () => {
  const session = useSession();
  const live = useLive();
  const saving = ref<ReadonlySet<string>>(new Set());
  const errors = ref<ReadonlyMap<string, string>>(new Map());

  const shown = computed<ShownAlert[]>(() =>
    inOrderOfUrgency(live.alerts.values()).map((alert) => ({
      alert,
      isSaving: saving.value.has(alert.id),
      error: errors.value.get(alert.id),
    })),
  );

  async function acknowledge(id: string, note: string): Promise<void> {
    if (saving.value.has(id)) return;
    saving.value = new Set([...saving.value, id]);
    setError(id, undefined);
    try {
      const answer = await acknowledgeAlert(session.request, id, note);
      live.onAlert(answer?.id === undefined ? await getAlert(session.request, id) : answer);
    } catch (error) {
      setError(id, textOf(error));
      if (error instanceof ApiError && (error.status === 404 || error.status === 409)) await live.compare();
    } finally {
      saving.value = new Set([...saving.value].filter((other) => other !== id));
    }
  }

  function setError(id: string, text: string | undefined): void {
    const next = new Map(errors.value);
    if (text === undefined) next.delete(id);
    else next.set(id, text);
    errors.value = next;
  }

  return { shown, acknowledge };
});
