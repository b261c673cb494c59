import { inputOf } from '../shared/editor/form.ts';
import { prepareHistory } from '../shared/editor/history/mount.ts';
import { COLOURS, registerNode } from '../shared/editor/register.ts';
import { pickKey, prepareRuleForm, showRule } from '../shared/editor/rule-form.ts';
import { comparisonRuleConfig, ruleInWords } from './comparison-rule.config.ts';
import { ruleOf } from './rule-of.ts';
import { summaryOf } from './summary.ts';

registerNode(comparisonRuleConfig, {
  texts: 'comparison-rule',
  colour: COLOURS.rule,
  inputs: 1,
  outputs: ['raised', 'cleared'],
  describe: (fields) => (fields['key'] === '' || fields['rightKey'] === '' ? '' : ruleInWords(fields)),
  prepare: (node) => {
    prepareRuleForm(node);
    prepareHistory({ texts: 'comparison-rule', config: comparisonRuleConfig, ruleOf }, node);
    pickKey({
      // A side that names no device is of the device that is judged.
      device: () => inputOf('rightDeviceId')?.value || (inputOf('deviceId')?.value ?? ''),
      key: 'rightKey',
      list: 'insa-rule-right-keys',
      follows: ['deviceId', 'rightDeviceId'],
    });
  },
  changed: (fields) => {
    showRule(fields, summaryOf);
  },
});
