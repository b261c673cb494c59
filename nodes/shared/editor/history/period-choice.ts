import type { Clock } from '../../../../src/core/clock.ts';
import { customPeriod, localInput, quickPeriod } from '../../history/period.ts';
import type { Period, QuickChoice } from '../../history/period.ts';
import { element } from './element.ts';
import type { RuleForm } from './rule-form.ts';

const CHOICES = ['day', 'week', 'month', 'custom'] as const;
type Choice = (typeof CHOICES)[number];

/** The choice of the period: one of the usual ones up to now, or any from and to. */
export class PeriodChoice {
  readonly root: HTMLElement;
  private readonly clock: Clock;
  private readonly from = element('input', { type: 'datetime-local', id: 'insa-history-from' });
  private readonly to = element('input', { type: 'datetime-local', id: 'insa-history-to' });
  private readonly custom: HTMLElement;
  private readonly radios: readonly HTMLInputElement[];

  constructor(text: RuleForm['text'], clock: Clock) {
    this.clock = clock;
    this.radios = CHOICES.map((choice) =>
      element('input', { type: 'radio', name: 'insa-history-period', id: `insa-history-${choice}`, value: choice }),
    );
    this.custom = element(
      'div',
      { class: 'insa-history-custom', hidden: true },
      element('label', { for: 'insa-history-from' }, text('from')),
      this.from,
      element('label', { for: 'insa-history-to' }, text('to')),
      this.to,
    );
    const segments = this.radios.map((radio) => element('label', {}, radio, element('span', {}, text(radio.value))));
    const legend = element('legend', { class: 'insa-history-only-heard' }, text('period'));
    this.root = element('fieldset', { class: 'insa-history-period' }, legend, element('div', {}, ...segments));
    this.choose('week');
    this.root.addEventListener('change', () => this.showCustom());
  }

  /** The fields of any period, which stand in a row of their own. */
  get customRow(): HTMLElement {
    return this.custom;
  }

  /** The chosen period, or what is wrong with it. A usual one is up to this moment. */
  period(): Period | { problem: string } {
    const { choice } = this;
    return choice === 'custom' ? customPeriod(this.from.value, this.to.value) : quickPeriod(choice, this.clock.nowMs());
  }

  /** Chooses this period, to the minute. */
  set({ startMs, endMs }: Period): void {
    this.choose('custom');
    this.from.value = localInput(startMs);
    // The minute that has begun belongs to it.
    this.to.value = localInput(endMs + 60_000);
    this.custom.hidden = false;
  }

  private get choice(): Choice {
    const value = this.radios.find(({ checked }) => checked)?.value;
    return CHOICES.find((choice) => choice === value) ?? 'week';
  }

  private choose(choice: QuickChoice | 'custom'): void {
    for (const radio of this.radios) radio.checked = radio.value === choice;
  }

  private showCustom(): void {
    const isCustom = this.choice === 'custom';
    this.custom.hidden = !isCustom;
    if (isCustom && this.from.value === '') {
      const { startMs, endMs } = quickPeriod('week', this.clock.nowMs());
      this.from.value = localInput(startMs);
      this.to.value = localInput(endMs);
    }
  }
}
