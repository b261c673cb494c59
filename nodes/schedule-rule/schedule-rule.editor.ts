import { systemClock } from '../../src/core/clock.ts';
import { fill, inputOf } from '../shared/editor/form.ts';
import type { EditorNode } from '../shared/editor/red.ts';
import { prepareHistory } from '../shared/editor/history/mount.ts';
import { COLOURS, registerNode } from '../shared/editor/register.ts';
import { prepareRuleForm, show, showRule } from '../shared/editor/rule-form.ts';
import type { StoredFields } from '../shared/node-config.ts';
import { nextTimes } from './next-times.ts';
import { ruleInWords, scheduleRuleConfig } from './schedule-rule.config.ts';
import { ruleOf } from './rule-of.ts';
import { summaryOf } from './summary.ts';

/** Schedules for one click, by the key of their text. */
const PRESETS = { quarterHour: '*/15 * * * *', hour: '0 * * * *', daily: '0 6 * * *', workdays: '0 6 * * mon-fri' } as const;

registerNode(scheduleRuleConfig, {
  texts: 'schedule-rule',
  colour: COLOURS.rule,
  inputs: 1,
  outputs: ['raised', 'cleared'],
  describe: (fields) => (fields['check'] === 'no_data' && fields['key'] === '' ? '' : ruleInWords(fields)),
  prepare: (node) => {
    prepareRuleForm(node);
    prepareHistory({ texts: 'schedule-rule', config: scheduleRuleConfig, ruleOf }, node);
    preparePresets(node);
    // Whoever draws the rule mostly means the clock on their own wall; it is a field so that it can be another.
    if (inputOf('timezone')?.value === '') fill('timezone', Intl.DateTimeFormat().resolvedOptions().timeZone);
  },
  changed: (fields) => {
    showRule(fields, summaryOf);
    showNextTimes(fields);
    showPreset(fields['schedule']);
    show('.insa-check-offline', fields['check'] === 'device_offline');
    show('.insa-check-no-data', fields['check'] === 'no_data');
  },
});

function preparePresets(node: EditorNode): void {
  document.getElementById('insa-rule-presets')?.replaceChildren(
    ...Object.entries(PRESETS).map(([name, schedule]) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'red-ui-button red-ui-button-small';
      button.style.cssText = 'margin: 4px 4px 2px 0;';
      button.dataset['schedule'] = schedule;
      button.textContent = node._(`schedule-rule.preset.${name}`);
      button.addEventListener('click', () => {
        fill('schedule', schedule);
      });
      return button;
    }),
  );
}

function showPreset(schedule: unknown): void {
  for (const button of document.querySelectorAll<HTMLElement>('#insa-rule-presets button')) {
    const isChosen = button.dataset['schedule'] === schedule;
    button.classList.toggle('selected', isChosen);
    button.setAttribute('aria-pressed', String(isChosen));
  }
}

function showNextTimes({ schedule, timezone }: StoredFields): void {
  const times = nextTimes({ schedule: String(schedule), timezone: String(timezone) }, systemClock.nowMs());
  show('.insa-rule-next', times !== undefined);
  const place = document.getElementById('insa-rule-next');
  if (place !== null && times !== undefined) place.textContent = times.join(' · ');
}
