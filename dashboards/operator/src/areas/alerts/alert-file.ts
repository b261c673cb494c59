import { ref, shallowRef } from 'vue';
import type { Alert } from '../../../../../src/contracts/alerts.ts';
import type { AlertExplanation } from '../../../../../src/contracts/explanations.ts';
import type { Notification } from '../../../../../src/contracts/notifications.ts';
import type { Answer } from '../../api/http-client.ts';
import { ApiError, textOf } from '../../api/problem.ts';
import { listTold } from '../../api/resources.ts';
import type { Requester } from '../../api/resources.ts';
import { ownTimezone } from '../../api/own-timezone.ts';
import { isLaterState } from '../../live/open-alerts.ts';

/** What may be wrong with the address, or with the right to see it. */
export type Trouble = 'missing' | 'refused';

/** While something is on its way its result is asked for so often; notes of others come with the slower turn. */
const PENDING_MS = 2_000;
const REST_MS = 10_000;
/** Changes come in pairs, such as the last reading and the end. */
const SETTLE_MS = 150;
const [BAD_REQUEST, FORBIDDEN, NOT_FOUND] = [400, 403, 404];

/** All that is known about one alert, read again and again while it is open. What fails leaves what was there, and says so. */
export class AlertFile {
  readonly alert = shallowRef<Alert>();
  readonly history = shallowRef<Answer<'GET /alerts/{id}'>['history']>([]);
  readonly explanation = shallowRef<AlertExplanation>();
  readonly explanationError = ref<string>();
  readonly told = shallowRef<readonly Notification[]>();
  readonly toldError = ref<string>();
  readonly trouble = ref<Trouble>();
  readonly error = ref<string>();
  private readonly request: Requester;
  private readonly maySeeTold: () => boolean;
  private id = '';
  /** Answers for an alert that was left must not fill the page of the next. */
  private generation = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private settling: ReturnType<typeof setTimeout> | undefined;

  constructor(options: { request: Requester; maySeeTold: () => boolean }) {
    this.request = options.request;
    this.maySeeTold = options.maySeeTold;
  }

  /** Opens the file of an alert; `known` is what is known of it already. */
  open(id: string, known: Alert | undefined): void {
    this.close();
    this.id = id;
    this.alert.value = known;
    this.history.value = [];
    this.explanation.value = undefined;
    this.told.value = undefined;
    this.trouble.value = undefined;
    this.error.value = undefined;
    void this.refresh();
  }

  close(): void {
    this.generation += 1;
    clearTimeout(this.timer);
    clearTimeout(this.settling);
  }

  /** Takes a state of the alert from an answer or an event, unless a later one is known. */
  adopt(fresh: Alert): void {
    if (fresh.id === this.id && isLaterState(fresh, this.alert.value)) this.alert.value = fresh;
  }

  /** Reads everything in a moment: something has happened. */
  soon(): void {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => void this.refresh(), SETTLE_MS);
  }

  /** Reads everything that can change. */
  async refresh(): Promise<void> {
    const mine = this.generation;
    clearTimeout(this.timer);
    await Promise.all([this.readAlert(mine), this.readTold(mine)]);
    if (mine !== this.generation) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.turn(), this.isPending() ? PENDING_MS : REST_MS);
  }

  private turn(): void {
    if (document.visibilityState === 'visible' && this.trouble.value === undefined) void this.refresh();
    else this.timer = setTimeout(() => this.turn(), REST_MS);
  }

  private async readAlert(mine: number): Promise<void> {
    try {
      const { history, ...fresh } = await this.request('GET /alerts/{id}', { params: { id: this.id } });
      if (mine !== this.generation) return;
      this.adopt(fresh);
      this.history.value = history;
      this.trouble.value = undefined;
      this.error.value = undefined;
      await this.readExplanation(mine);
    } catch (problem) {
      if (mine !== this.generation) return;
      this.error.value = textOf(problem);
      this.trouble.value = troubleOf(problem);
    }
  }

  private async readExplanation(mine: number): Promise<void> {
    try {
      const fresh = await this.request('GET /alerts/{id}/explanation', { params: { id: this.id }, query: ownTimezone() });
      if (mine !== this.generation) return;
      this.explanation.value = fresh;
      this.explanationError.value = undefined;
    } catch (problem) {
      if (mine === this.generation) this.explanationError.value = textOf(problem);
    }
  }

  private async readTold(mine: number): Promise<void> {
    if (!this.maySeeTold() || this.trouble.value !== undefined) return;
    try {
      const fresh = await listTold(this.request, this.id);
      if (mine !== this.generation) return;
      this.told.value = fresh;
      this.toldError.value = undefined;
    } catch (problem) {
      // Whether there is such an alert at all the alert itself tells.
      if (mine === this.generation && this.alert.value !== undefined) this.toldError.value = textOf(problem);
    }
  }

  private isPending(): boolean {
    return this.told.value?.some(({ status }) => status === 'pending') === true;
  }
}

function troubleOf(problem: unknown): Trouble | undefined {
  if (!(problem instanceof ApiError)) return undefined;
  if (problem.status === NOT_FOUND || problem.status === BAD_REQUEST) return 'missing';
  return problem.status === FORBIDDEN ? 'refused' : undefined;
}
