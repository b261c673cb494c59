import type { COMMAND_STATUSES as CommandStatuses } from '../../../../../src/contracts/commands.ts';
import type { DEVICE_STATUSES as DeviceStatuses } from '../../../../../src/contracts/devices.ts';

// The contracts as values would bring their validation to the browser. Written out as their own types, which hold them complete and in order.

/** What is known of a device, in the order in which it is offered. */
export const DEVICE_STATUSES: typeof DeviceStatuses = ['unknown', 'online', 'offline', 'error'];
/** What became of a command. */
export const COMMAND_STATUSES: typeof CommandStatuses = ['sent', 'not_delivered', 'completed', 'failed', 'timed_out'];
/** How long a device has to answer when nobody says, seconds; the same as the server's. */
export const DEFAULT_COMMAND_TIMEOUT_SECONDS = 30;
