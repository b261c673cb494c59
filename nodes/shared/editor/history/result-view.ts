import type { BacktestResult, BacktestSeries } from '../../../../src/contracts/backtest.ts';
import type { Period } from '../../history/period.ts';
import { wholeTime } from '../../history/times.ts';
import { rate } from '../../history/words.ts';
import { HistoryChart } from './chart.ts';
import { button, element } from './element.ts';
import { legendOf } from './legend.ts';
import { pictureOf, withDetail } from './picture.ts';
import type { Asked, Picture } from './picture.ts';
import { differenceOf, figuresOf, listOf, sentenceOf } from './results.ts';
import type { RuleForm } from './rule-form.ts';
import { Tip } from './tip.ts';

/** Asks for the curves of a part of the period; undefined when there are none in time. */
export type MoreDetail = (asked: Asked, part: Period, deviceId: string | undefined) => Promise<BacktestSeries[] | undefined>;

/** A result as it is looked at: chart, figures, difference and list. */
export class ResultView {
  readonly root: HTMLElement;
  private readonly text: RuleForm['text'];
  private readonly frame = element('div', { class: 'insa-history-chart', role: 'img' });
  private readonly legend = element('div', { class: 'insa-history-legend' });
  private readonly figures = element('div');
  private readonly spoken = element('p', { class: 'insa-history-only-heard', 'aria-live': 'polite' });
  private readonly whole: HTMLButtonElement;
  private readonly hint: HTMLElement;
  private readonly tip: Tip;
  private readonly chart: HistoryChart;
  private readonly moreDetail: MoreDetail;
  private picture: Picture | undefined;
  private asked: Asked | undefined;
  private part: Period | undefined;
  /** The picture with the detail of the part that is shown: what the tip tells. */
  private shown: Picture | undefined;

  constructor(text: RuleForm['text'], moreDetail: MoreDetail) {
    this.text = text;
    this.moreDetail = moreDetail;
    this.tip = new Tip(text);
    this.whole = button(text('whole'), () => this.chart.reset(), { class: 'red-ui-button red-ui-button-small' });
    this.hint = element('span', {}, text('zoomHint'));
    this.chart = new HistoryChart(
      this.frame,
      { alone: text('lane.alone'), edited: text('lane.edited'), deployed: text('lane.deployed') },
      {
        pointed: (at) => {
          if (at === undefined || this.shown === undefined) this.tip.hide();
          else this.tip.show(this.shown, at);
        },
        zoomed: (part) => {
          this.zoomed(part);
        },
      },
    );
    const below = element(
      'div',
      { class: 'insa-history-below' },
      this.legend,
      element('span', { class: 'insa-history-zoom' }, this.hint, this.whole),
    );
    this.root = element('div', { class: 'insa-history-result', hidden: true }, this.frame, below, this.figures, this.spoken);
  }

  /** Shows a result in place of the one before. */
  show(result: BacktestResult, asked: Asked & { severalDevices: boolean }): void {
    const { text } = this;
    const picture = pictureOf(result, asked);
    this.picture = picture;
    this.asked = asked;
    this.root.hidden = false;
    this.tip.hide();
    this.frame.setAttribute('aria-label', this.nameOf(picture));
    this.chart.show(picture);
    this.frame.append(this.tip.root);
    this.legend.replaceChildren(...legendOf(picture, text));
    const unit = picture.curves.find(({ role }) => role === 'main')?.unit ?? '';
    const { severalDevices } = asked;
    const list = listOf(result, {
      text,
      unit,
      severalDevices,
      deviceId: picture.deviceId,
      show: (fromMs, toMs) => {
        this.chart.zoomTo(fromMs, toMs);
        this.frame.scrollIntoView({ block: 'nearest' });
      },
    });
    const took = text('took', { points: result.points.toLocaleString(), seconds: rate(result.took_seconds) });
    const parts = [
      differenceOf(result, text),
      figuresOf(result, text),
      list,
      element('p', { class: 'insa-history-took' }, [took, ...result.notes].join(' · ')),
    ];
    this.figures.replaceChildren(...parts.filter((part) => part !== undefined));
    this.spoken.textContent = sentenceOf(result, text);
  }

  /** Fades what is not of the rule as the form says it now. */
  markStale(isStale: boolean): void {
    this.root.classList.toggle('insa-history-stale', isStale);
  }

  private zoomed(part: Period | undefined): void {
    this.whole.hidden = part === undefined;
    this.hint.hidden = part !== undefined;
    this.part = part;
    this.shown = this.picture;
    if (part !== undefined) void this.refine(part);
  }

  /** Draws the part that is shown in the detail that there is room for: a thinned week shows little of ten minutes. */
  private async refine(part: Period): Promise<void> {
    const { asked, picture } = this;
    if (asked === undefined || picture === undefined) return;
    const series = await this.moreDetail(asked, part, picture.deviceId);
    // Meanwhile there may be another result, or another part of it.
    if (series === undefined || this.part !== part || this.picture !== picture) return;
    const detail = withDetail(picture, asked, series);
    this.shown = { ...detail, ...part };
    this.chart.showDetail(part, detail);
    this.frame.append(this.tip.root);
  }

  private nameOf({ curves, deviceId, startMs, endMs }: Picture): string {
    const key = curves.find(({ role }) => role === 'main')?.label ?? '';
    return this.text('chart', { key, device: deviceId ?? '', from: wholeTime(startMs), to: wholeTime(endMs) });
  }
}
