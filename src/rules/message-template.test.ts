import assert from 'node:assert/strict';
import { templateProblem } from '../contracts/template-terms.ts';
import { renderMessage } from './message-template.ts';
import type { MessageValues } from './message-template.ts';

const values: MessageValues = {
  device: { id: 'pump-01', name: 'Pump 1' },
  rule: { name: 'High temperature' },
  key: 'temperature',
  value: 51.25,
  unit: '°C',
  threshold: 50,
  severity: 'warning',
};

describe('renderMessage', () => {
  it('fills in every field', () => {
    assert.equal(
      renderMessage('{{device.name}} {{device.id}} {{key}} {{value}} {{ unit }} {{threshold}} {{severity}} {{rule.name}}', values),
      'Pump 1 pump-01 temperature 51.25 °C 50 warning High temperature',
    );
  });

  it('fills in what the check of templates takes, however it is spaced', () => {
    for (const template of ['{{  value }}', '{{\tvalue\n}}']) {
      assert.equal(templateProblem(template), undefined);
      assert.equal(renderMessage(template, values), '51.25');
    }
  });

  it('keeps unknown fields visible and runs nothing', () => {
    const template = '{{device.nmae}} {{constructor}} {{__proto__}} {{value.toString}} ${value} {{#each}} {{{key}}}';
    assert.equal(
      renderMessage(template, values),
      '{{device.nmae}} {{constructor}} {{__proto__}} {{value.toString}} ${value} {{#each}} {temperature}',
    );
  });

  it('does not look into values again', () => {
    assert.equal(
      renderMessage('{{device.name}}', { ...values, device: { id: 'x', name: '{{key}} $& {{rule.name}}' } }),
      '{{key}} $& {{rule.name}}',
    );
  });

  it('takes the space along when a value is absent', () => {
    assert.equal(renderMessage('{{value}} {{unit}} is over {{threshold}}', { ...values, unit: null }), '51.25 is over 50');
  });

  it('shows numbers as people write them', () => {
    assert.equal(renderMessage('{{value}}', { ...values, value: 0.1 + 0.2 }), '0.3');
    assert.equal(renderMessage('{{value}}', { ...values, value: true }), 'true');
    assert.equal(renderMessage('{{value}}', { ...values, value: 1e21 }), '1e+21');
  });

  it('drops control characters, which a database could not store', () => {
    assert.equal(renderMessage('a\u0000b {{device.name}}', { ...values, device: { id: 'x', name: 'P\u0007\u0000' } }), 'ab P');
  });

  it('says something when the template is empty', () => {
    assert.equal(renderMessage(' ', values), 'Pump 1: temperature is 51.25 °C (limit 50)');
  });
});
