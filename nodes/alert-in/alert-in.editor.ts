import { prepareDevice } from '../shared/editor/action/action-form.ts';
import { fill } from '../shared/editor/form.ts';
import { COLOURS, registerNode } from '../shared/editor/register.ts';
import { ALERT_EVENTS, alertInConfig } from './alert-in.config.ts';

registerNode(alertInConfig, {
  texts: 'alert-in',
  colour: COLOURS.source,
  inputs: 0,
  outputs: ['happened'],
  describe: ({ events }) => (typeof events === 'string' ? events.replaceAll(',', ', ') : ''),
  prepare: ({ events }) => {
    prepareEvents(typeof events === 'string' ? events : '');
    void prepareDevice();
  },
});

/** The events as buttons beside the text that keeps them. */
function prepareEvents(stored: string): void {
  const chosen = new Set(stored.split(','));
  document.getElementById('insa-alert-events')?.replaceChildren(
    ...ALERT_EVENTS.map((event) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'red-ui-button red-ui-button-small';
      button.style.marginRight = '4px';
      const box = document.createElement('i');
      button.append(box, ` ${event}`);
      const mark = (): void => {
        box.className = chosen.has(event) ? 'fa fa-check-square-o' : 'fa fa-square-o';
        button.setAttribute('aria-pressed', String(chosen.has(event)));
        button.classList.toggle('selected', chosen.has(event));
      };
      button.addEventListener('click', () => {
        if (!chosen.delete(event)) chosen.add(event);
        fill('events', ALERT_EVENTS.filter((each) => chosen.has(each)).join(','));
        mark();
      });
      mark();
      return button;
    }),
  );
}
