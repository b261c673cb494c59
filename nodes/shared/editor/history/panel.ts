import { systemClock } from '../../../../src/core/clock.ts';
import uPlotStyle from 'uplot/dist/uPlot.min.css';
import { HistoryPanel } from './history-panel.ts';
import panelStyle from './panel.css';
import type { RuleForm } from './rule-form.ts';

/** Builds the *Try on history* panel of a form. The one thing that the shared script offers; the forms load it when it is wanted. */
export function openPanel(place: HTMLElement, form: RuleForm): void {
  const id = 'insa-history-style';
  if (document.getElementById(id) === null) {
    const style = document.createElement('style');
    style.id = id;
    style.textContent = `${uPlotStyle}\n${panelStyle}`;
    document.head.append(style);
  }
  new HistoryPanel(place, form, systemClock).open();
}
