import { prepareHistory } from '../shared/editor/history/mount.ts';
import { COLOURS, registerNode } from '../shared/editor/register.ts';
import { prepareRuleForm, showRule } from '../shared/editor/rule-form.ts';
import { ruleInWords, thresholdRuleConfig } from './threshold-rule.config.ts';
import { ruleOf } from './rule-of.ts';
import { summaryOf } from './summary.ts';

registerNode(thresholdRuleConfig, {
  texts: 'threshold-rule',
  colour: COLOURS.rule,
  inputs: 1,
  outputs: ['raised', 'cleared'],
  describe: (fields) => (fields['key'] === '' ? '' : ruleInWords(fields)),
  prepare: (node) => {
    prepareRuleForm(node);
    prepareHistory({ texts: 'threshold-rule', config: thresholdRuleConfig, ruleOf }, node);
  },
  changed: (fields) => {
    showRule(fields, summaryOf);
  },
});
