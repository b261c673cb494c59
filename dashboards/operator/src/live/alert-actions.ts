import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { Alert } from '../../../../src/contracts/alerts.ts';
import { acknowledgeAlert, getAlert } from '../api/resources.ts';
import type { Requester } from '../api/resources.ts';
import { ApiError, textOf } from '../api/problem.ts';
import { useSession } from '../session/session-store.ts';
import { useLive } from './live-store.ts';
import { inOrderOfUrgency } from './open-alerts.ts';

/** What a person does about an alert. */
export type AlertDeed = 'acknowledge' | 'resolve';

/** What this page has asked for about an alert, and what came of it. */
export interface DeedState {
  /** What is under way, from the click until the server has answered; shown as being saved, not as done. */
  saving: AlertDeed | undefined;
  /** Why the last attempt failed, in the server's words. */
  error: string | undefined;
}

/** An alert as a list shows it. */
export interface ShownAlert {
  alert: Alert;
  isSaving: boolean;
  error: string | undefined;
}

const AT_REST: DeedState = { saving: undefined, error: undefined };

/** Acknowledging and resolving, shown as under way at once and corrected by the truth: the server's answer, or its refusal. */
export const useAlertActions = defineStore('alert-actions', () => {
  const session = useSession();
  const live = useLive();
  const states = shallowRef<ReadonlyMap<string, DeedState>>(new Map());

  const shown = computed<ShownAlert[]>(() =>
    inOrderOfUrgency(live.alerts.values()).map((alert) => {
      const { saving, error } = stateOf(alert.id);
      return { alert, isSaving: saving !== undefined, error };
    }),
  );

  function stateOf(id: string): DeedState {
    return states.value.get(id) ?? AT_REST;
  }

  /** Does it and shows the answer; throws what went wrong, which is shown at the alert too. Undefined when something is under way already. */
  async function attempt(deed: AlertDeed, id: string, note: string): Promise<Alert | undefined> {
    if (stateOf(id).saving !== undefined) return undefined;
    set(id, { saving: deed, error: undefined });
    try {
      const alert = await carryOut(session.request, { deed, id, note });
      live.onAlert(alert);
      set(id, AT_REST);
      return alert;
    } catch (error) {
      set(id, { saving: undefined, error: textOf(error) });
      if (error instanceof ApiError) await learnTruth(id, error.status);
      throw error;
    }
  }

  /** Somebody was quicker, or the alert is gone: what is shown comes from the server again. */
  async function learnTruth(id: string, status: number): Promise<void> {
    if (status === 404) await live.compare();
    if (status !== 409) return;
    try {
      live.onAlert(await getAlert(session.request, id));
    } catch (error) {
      // Why the deed failed is told already; the next comparison puts the rest right.
      console.warn('An alert could not be read again:', error);
    }
  }

  /** The same for lists, which show at the alert what went wrong. */
  async function act(deed: AlertDeed, id: string, note: string): Promise<void> {
    // `attempt` has put it where it is shown.
    await attempt(deed, id, note).catch(() => undefined);
  }

  function forgetError(id: string): void {
    if (stateOf(id).error !== undefined) set(id, AT_REST);
  }

  function set(id: string, state: DeedState): void {
    const next = new Map(states.value);
    if (state === AT_REST) next.delete(id);
    else next.set(id, state);
    states.value = next;
  }

  return { shown, stateOf, attempt, forgetError, acknowledge: (id: string, note: string) => act('acknowledge', id, note) };
});

async function carryOut(request: Requester, { deed, id, note }: { deed: AlertDeed; id: string; note: string }): Promise<Alert> {
  if (deed === 'acknowledge') return (await acknowledgeAlert(request, id, note)) ?? (await getAlert(request, id));
  return request('POST /alerts/{id}/resolve', { params: { id }, body: note.trim() === '' ? {} : { note: note.trim() } });
}
