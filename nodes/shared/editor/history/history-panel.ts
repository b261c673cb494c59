import type { BacktestResult, BacktestSeries } from '../../../../src/contracts/backtest.ts';
import type { AuthoredRule } from '../../../../src/contracts/rules.ts';
import type { Clock } from '../../../../src/core/clock.ts';
import { judgesAlike, keyOf } from '../../history/limits.ts';
import type { Period } from '../../history/period.ts';
import { BacktestRequest, newestReadingMs } from './backtest-request.ts';
import type { BacktestQuestion } from './backtest-request.ts';
import { DeviceChoice } from './devices.ts';
import { button, element } from './element.ts';
import { PeriodChoice } from './period-choice.ts';
import type { Asked } from './picture.ts';
import { ResultView } from './result-view.ts';
import type { FormRule, RuleForm } from './rule-form.ts';

/** What the panel was asked last, to tell whether it still shows what the form says. */
interface LastRun extends Asked {
  period: Period;
}

/** The panel in a rule's form: device, period and Run; what came of it; and what stands in the way. */
export class HistoryPanel {
  private readonly place: HTMLElement;
  private readonly form: RuleForm;
  private readonly devices: DeviceChoice;
  private readonly periods: PeriodChoice;
  private readonly view: ResultView;
  private readonly run: HTMLButtonElement;
  private readonly cancel: HTMLButtonElement;
  private readonly notice = element('div', { class: 'insa-history-notice', role: 'status' });
  private readonly progress = element('progress', { max: '1', value: '0', hidden: true });
  private readonly controls: HTMLElement;
  private request: BacktestRequest | undefined;
  private last: LastRun | undefined;

  constructor(place: HTMLElement, form: RuleForm, clock: Clock) {
    const { text } = form;
    this.place = place;
    this.form = form;
    this.devices = new DeviceChoice(text);
    this.periods = new PeriodChoice(text, clock);
    this.view = new ResultView(text, (asked, period, deviceId) => this.seriesOf({ ...asked, period, deviceId }));
    this.run = button(text('run'), () => void this.start(), { class: 'red-ui-button primary insa-history-run' });
    this.cancel = button(text('cancel'), () => this.request?.cancel());
    this.cancel.hidden = true;
    this.controls = element(
      'div',
      { class: 'insa-history-controls' },
      element('label', { for: 'insa-history-device' }, text('device')),
      this.devices.root,
      this.periods.root,
      element('span', { class: 'insa-history-buttons' }, this.cancel, this.run),
    );
  }

  /** Shows it, and tries the rule at once when it is whole. */
  open(): void {
    const { place, controls, periods, progress, notice, view } = this;
    place.replaceChildren(element('div', { class: 'insa-history-inner' }, controls, periods.customRow, progress, notice, view.root));
    this.form.onChange(() => void this.changed());
    controls.addEventListener('change', () => void this.changed());
    periods.customRow.addEventListener('input', () => void this.changed());
    void this.changed().then(() => {
      if (!this.run.disabled) void this.start();
    });
  }

  /** The form or the choice of device and period has changed. */
  private async changed(): Promise<void> {
    const now = this.form.rule();
    if (now.ok) await this.devices.offerFor(now.rule);
    this.showState(now);
  }

  private showState(now: FormRule): void {
    const obstacle = this.obstacle(now);
    this.run.disabled = obstacle !== undefined || this.request !== undefined;
    if (this.request !== undefined) return;
    if (obstacle !== undefined) this.say(obstacle, now.ok ? 'info' : 'problem');
    else if (now.ok && this.last !== undefined && this.isStale(now.rule, this.last)) this.say(this.form.text('stale'), 'info');
    else this.say('', 'info');
    this.view.markStale(obstacle !== undefined || this.notice.textContent !== '');
  }

  /** Why the rule cannot be tried, in words. */
  private obstacle(now: FormRule): string | undefined {
    if (!now.ok) return now.problem;
    const { rule } = now;
    const isPresence = rule.rule_type === 'schedule' && rule.conditions.check === 'device_offline';
    this.place.firstElementChild?.classList.toggle('insa-history-unusable', isPresence);
    if (isPresence) return this.form.text('notReplayable');
    const period = this.periods.period();
    return 'problem' in period ? period.problem : undefined;
  }

  private isStale(rule: AuthoredRule, last: LastRun): boolean {
    const period = this.periods.period();
    if ('problem' in period) return true;
    const lengths = [period, last.period].map(({ startMs, endMs }) => Math.round((endMs - startMs) / 60_000));
    return !judgesAlike(rule, last.rule) || this.devices.deviceId !== last.deviceId || lengths[0] !== lengths[1];
  }

  private async start(): Promise<void> {
    const now = this.form.rule();
    const period = this.periods.period();
    if (!now.ok || 'problem' in period || this.request !== undefined) return;
    const deployed = this.form.deployed();
    const asked = { rule: now.rule, deployed: deployed !== undefined && !judgesAlike(deployed, now.rule) ? deployed : undefined };
    const run: LastRun = { ...asked, deviceId: this.devices.deviceId, unit: now.unit, period };
    const request = new BacktestRequest(
      { progress: (state) => this.showProgress(state), isWanted: () => this.place.isConnected },
      this.form.text,
    );
    this.begin(request);
    const outcome = await request.run(questionOf(run));
    this.end();
    this.last = run;
    switch (outcome.kind) {
      case 'done':
        this.view.show(outcome.result, { ...run, severalDevices: this.devices.isAll });
        this.showState(this.form.rule());
        await this.proposePeriod(outcome.result, run);
        break;
      case 'cancelled':
        this.say(this.form.text('cancelled'), 'info');
        break;
      case 'failed':
        this.say(outcome.message, 'problem');
        break;
    }
  }

  /** The same rule on a part of the period, only for its curves; undefined when that takes too long to be worth waiting for. */
  private async seriesOf(asked: LastRun): Promise<BacktestSeries[] | undefined> {
    const request = new BacktestRequest({ progress: () => request.cancel(), isWanted: () => this.place.isConnected }, this.form.text);
    const outcome = await request.run(questionOf(asked));
    return outcome.kind === 'done' ? outcome.result.series : undefined;
  }

  private begin(request: BacktestRequest): void {
    this.request = request;
    this.run.disabled = true;
    this.say('', 'info');
    this.place.setAttribute('aria-busy', 'true');
  }

  private end(): void {
    this.request = undefined;
    this.run.disabled = false;
    // Whoever has pressed Cancel must not lose the place in the form.
    if (document.activeElement === this.cancel) this.run.focus();
    this.cancel.hidden = true;
    this.progress.hidden = true;
    this.place.removeAttribute('aria-busy');
  }

  /** Shown only for what takes longer than the first answer waits. */
  private showProgress({ share, ahead }: { share: number; ahead: number }): void {
    this.progress.hidden = false;
    this.cancel.hidden = false;
    this.progress.value = share;
    const text = ahead > 0 ? this.form.text('waiting', { count: String(ahead) }) : this.runningText(share);
    this.say(text, 'info');
  }

  private runningText(share: number): string {
    return this.form.text('running', { percent: `${String(Math.floor(share * 100))} %` });
  }

  /** Without any readings, which period has some. */
  private async proposePeriod(result: BacktestResult, { rule, deviceId }: LastRun): Promise<void> {
    const { text } = this.form;
    const key = keyOf(rule);
    if (result.points > 0 || key === undefined || deviceId === undefined) {
      return;
    }
    this.say(text('noReadings', { device: deviceId }), 'info');
    const newestMs = await newestReadingMs(deviceId, key);
    if (newestMs === undefined || this.request !== undefined) return;
    this.notice.append(' ', this.proposal(newestMs));
  }

  private proposal(newestMs: number): HTMLElement {
    const days = 7;
    const time = new Date(newestMs).toLocaleString();
    return button(this.form.text('newest', { days: String(days), time }), () => {
      this.periods.set({ startMs: newestMs - days * 86_400_000, endMs: newestMs });
      void this.start();
    });
  }

  private say(message: string, kind: 'info' | 'problem'): void {
    this.notice.className = `insa-history-notice insa-history-${kind}`;
    if (this.notice.textContent !== message) this.notice.textContent = message;
  }
}

function questionOf({ rule, deployed, deviceId, period }: LastRun): BacktestQuestion {
  return {
    rule,
    ...(deviceId === undefined ? {} : { device_id: deviceId }),
    start: new Date(period.startMs).toISOString(),
    end: new Date(period.endMs).toISOString(),
    ...(deployed === undefined ? {} : { compare_with: { rule: deployed } }),
  };
}
