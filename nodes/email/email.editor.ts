import { offer } from '../shared/editor/catalog.ts';
import { prepareFields } from '../shared/editor/action/action-form.ts';
import { prepareSendTest } from '../shared/editor/action/send-test.ts';
import { COLOURS, registerNode } from '../shared/editor/register.ts';
import { emailConfig, testOf } from './email.config.ts';

registerNode(emailConfig, {
  texts: 'email',
  colour: COLOURS.action,
  inputs: 1,
  outputs: ['passed'],
  describe: ({ recipients }) => (typeof recipients === 'string' ? recipients : ''),
  prepare: (node) => {
    offer(
      'insa-action-timezones',
      Intl.supportedValuesOf('timeZone').map((value) => ({ value, label: '' })),
    );
    prepareFields('text', 'subject');
    prepareSendTest({ texts: 'email', config: emailConfig, channel: 'email', bodyOf: testOf }, node);
  },
});
