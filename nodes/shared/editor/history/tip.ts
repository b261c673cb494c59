import { valueAt } from '../../history/curves.ts';
import { stateAt } from '../../history/spans.ts';
import { timeBeside, wholeTime } from '../../history/times.ts';
import { lasted, range, reading } from '../../history/words.ts';
import { element } from './element.ts';
import type { Picture } from './picture.ts';
import { limitAt } from './picture.ts';
import type { RuleForm } from './rule-form.ts';

/** A value that is farther from the pointer than this share of the period is none of this instant. */
const NEAR_SHARE = 1 / 150;
/** How far the tip stands from the pointer, CSS pixels. */
const OFFSET_PX = 14;

/** The box at the pointer: what the curves say at that instant, and whether there was an alert. */
export class Tip {
  readonly root = element('div', { class: 'insa-history-tip', 'aria-hidden': 'true', hidden: true });
  private readonly text: RuleForm['text'];

  constructor(text: RuleForm['text']) {
    this.text = text;
  }

  hide(): void {
    this.root.hidden = true;
  }

  /** Shows what was at an instant beside the pointer, on the side where there is more room. */
  show(picture: Picture, at: { timeMs: number; left: number; width: number }): void {
    this.root.replaceChildren(element('div', { class: 'insa-history-tip-time' }, wholeTime(at.timeMs)), ...this.lines(picture, at.timeMs));
    this.root.hidden = false;
    const isRight = at.left > at.width / 2;
    this.root.style.left = isRight ? '' : `${String(at.left + OFFSET_PX)}px`;
    this.root.style.right = isRight ? `${String(at.width - at.left + OFFSET_PX)}px` : '';
  }

  private lines(picture: Picture, timeMs: number): HTMLElement[] {
    const withinMs = (picture.endMs - picture.startMs) * NEAR_SHARE;
    const values = picture.curves.flatMap(({ role, label, unit, series }) => {
      const value = valueAt(series, timeMs, withinMs);
      if (value === undefined) return [];
      const name = role === 'told' ? this.text('legend.difference') : role === 'former' ? this.text('legend.deployedFigure') : label;
      return [this.line(role, name, range(value, unit))];
    });
    const limit = limitAt(picture, timeMs, withinMs);
    const unit = picture.curves.find(({ role }) => role === 'main')?.unit ?? '';
    if (limit !== undefined) values.push(this.line('limit', this.text('legend.limit', { value: '' }).trim(), reading(limit, unit)));
    return [...values, ...this.states(picture, timeMs)];
  }

  private states({ spans, deployedSpans }: Picture, timeMs: number): HTMLElement[] {
    const lines: HTMLElement[] = [];
    const mine = stateAt(spans, timeMs);
    if (mine?.state === 'alert') {
      const { raisedMs, clearedMs, isOver } = mine.span;
      const length = isOver ? lasted((clearedMs - raisedMs) / 1_000) : this.text('tip.open');
      lines.push(this.line('alert', this.text('tip.alert', { time: timeBeside(raisedMs, timeMs), lasted: length })));
    } else if (mine?.state === 'holding') {
      lines.push(this.line('holding', this.text('tip.holding', { time: timeBeside(mine.span.sinceMs, timeMs) })));
    }
    const other = stateAt(deployedSpans ?? [], timeMs);
    if (other?.state === 'alert') {
      lines.push(this.line('deployed', this.text('tip.deployedAlert', { time: timeBeside(other.span.raisedMs, timeMs) })));
    }
    return lines;
  }

  private line(kind: string, name: string, value?: string): HTMLElement {
    return element(
      'div',
      { class: 'insa-history-tip-line' },
      element('i', { class: `insa-history-mark insa-history-mark-${kind}` }),
      element('span', {}, name),
      value === undefined ? undefined : element('b', {}, value),
    );
  }
}
