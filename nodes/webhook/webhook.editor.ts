import { prepareSendTest } from '../shared/editor/action/send-test.ts';
import { showWarning } from '../shared/editor/form.ts';
import { COLOURS, registerNode } from '../shared/editor/register.ts';
import { sentWhenAllowed } from '../shared/web-address.ts';
import { testOf, webhookConfig } from './webhook.config.ts';

registerNode(webhookConfig, {
  texts: 'webhook',
  colour: COLOURS.action,
  inputs: 1,
  outputs: ['passed'],
  describe: ({ url }) => (typeof url === 'string' ? url : ''),
  prepare: (node) => {
    prepareSendTest({ texts: 'webhook', config: webhookConfig, channel: 'webhook', bodyOf: testOf }, node);
  },
  changed: ({ url }) => {
    showWarning('url', typeof url === 'string' ? sentWhenAllowed(url.trim()) : undefined);
  },
});
