import { reading } from '../../history/words.ts';
import { element } from './element.ts';
import type { Picture } from './picture.ts';
import type { RuleForm } from './rule-form.ts';

/** What the marks and colours of the chart mean: those that are in it. */
export function legendOf(picture: Picture, text: RuleForm['text']): HTMLElement[] {
  const { curves, limit, deployedLimit, spans, deployedSpans } = picture;
  const unit = curves.find(({ role }) => role === 'main')?.unit ?? '';
  const items: HTMLElement[] = [];
  const add = (kind: string, label: string): void => {
    items.push(
      element('span', { class: 'insa-history-key' }, element('i', { class: `insa-history-mark insa-history-mark-${kind}` }), label),
    );
  };
  for (const { role, label } of curves) {
    if (role === 'former') add('former', `${label}, ${text('legend.deployedFigure')}`);
    else if (role !== 'told') add(role, label);
  }
  if (limit?.kind === 'level') {
    add('limit', text('legend.limit', { value: reading(limit.limit.value, unit) }));
    if (limit.limit.clear !== undefined) add('clear', text('legend.clears', { value: reading(limit.limit.clear, unit) }));
  } else if (limit?.kind === 'above') {
    const { label: key } = limit;
    add('limit', text('legend.above', { key, offset: signed(limit.limit.value, unit) }));
    if (limit.limit.clear !== undefined) add('clear', text('legend.clearsAbove', { key, offset: signed(limit.limit.clear, unit) }));
  }
  if (deployedLimit !== undefined) add('deployed-limit', text('legend.deployedLimit', { value: reading(deployedLimit, unit) }));
  if (spans.some(({ sinceMs, raisedMs }) => sinceMs < raisedMs)) add('holding', text('legend.holding'));
  if (spans.length > 0) add('alert', text('legend.alert'));
  if (deployedSpans !== undefined && deployedSpans.length > 0) add('deployed', text('legend.deployedAlert'));
  return items;
}

function signed(value: number, unit: string): string {
  return value === 0 ? '' : `${value < 0 ? '−' : '+'} ${reading(Math.abs(value), unit)}`;
}
