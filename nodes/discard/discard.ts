import { acknowledgementOf } from '../shared/acknowledgement.ts';
import { defineNode } from '../shared/define-node.ts';
import type { PlatformRED } from '../shared/platform.ts';
import { Rate } from '../shared/rate.ts';
import { discardConfig } from './discard.config.ts';

/** Registers `iiot-discard`, which acknowledges messages that the flow does not want to store. */
export default function register(RED: PlatformRED): void {
  defineNode(RED, {
    config: discardConfig,
    start: ({ services }) => {
      const rate = new Rate(services.clock);
      return {
        input: (message, done) => {
          rate.add();
          const { ids, parts, settles } = acknowledgementOf(message);
          if (ids.length > 0 && settles) services.acknowledgements.settle(ids, { kind: 'discarded' }, parts);
          done();
        },
        status: () => ({ fill: 'grey', shape: 'dot', text: `${String(rate.perSecond())} msg/s` }),
      };
    },
  });
}
