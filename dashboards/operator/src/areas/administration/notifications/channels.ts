import type { ChannelName } from '../../../../../../src/contracts/actions.ts';

/** The channels in the order of the filter; a missing or unknown one does not compile. */
const ORDER: Readonly<Record<ChannelName, true>> = {
  email: true,
  webhook: true,
  mqtt: true,
  command: true,
  n8n: true,
  flow: true,
  script: true,
};

/** The ways that notifications go. (The contract's own list would bring its whole validation into the page.) */
export const CHANNELS = Object.keys(ORDER) as readonly ChannelName[];
