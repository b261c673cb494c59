import { prepareHistory } from '../shared/editor/history/mount.ts';
import { COLOURS, registerNode } from '../shared/editor/register.ts';
import { prepareRuleForm, showRule } from '../shared/editor/rule-form.ts';
import { figureUnit, ruleInWords, statisticalRuleConfig } from './statistical-rule.config.ts';
import { ruleOf } from './rule-of.ts';
import { summaryOf } from './summary.ts';

registerNode(statisticalRuleConfig, {
  texts: 'statistical-rule',
  colour: COLOURS.rule,
  inputs: 1,
  outputs: ['raised', 'cleared'],
  describe: (fields) => (fields['key'] === '' ? '' : ruleInWords(fields)),
  prepare: (node) => {
    prepareRuleForm(node);
    prepareHistory({ texts: 'statistical-rule', config: statisticalRuleConfig, ruleOf }, node);
  },
  changed: (fields) => {
    showRule(fields, summaryOf);
    const unit = figureUnit(fields['statistic'], fields['unit']);
    for (const place of document.querySelectorAll('.insa-rule-unit')) place.textContent = unit;
  },
});
