import { isDeviceId } from './limits.ts';

/** What a device topic is about (REQUIREMENTS, section 4). */
export type DeviceTopic =
  | { kind: 'telemetry'; deviceId: string }
  | { kind: 'telemetry_key'; deviceId: string; key: string }
  | { kind: 'status'; deviceId: string }
  | { kind: 'config'; deviceId: string }
  | { kind: 'command'; deviceId: string }
  | { kind: 'command_response'; deviceId: string };

/** Topics under one configurable root, `insa` unless changed. Parsing is on the hot path: no regular expressions. */
export class Topics {
  readonly root: string;
  private readonly devicePrefix: string;

  constructor(root: string) {
    this.root = root;
    this.devicePrefix = `${root}/devices/`;
  }

  /** What `topic` means, or undefined when it is not a device topic of this installation. */
  parse(topic: string): DeviceTopic | undefined {
    if (!topic.startsWith(this.devicePrefix)) return undefined;
    const start = this.devicePrefix.length;
    const slash = topic.indexOf('/', start);
    if (slash < 0) return undefined;
    const deviceId = topic.slice(start, slash);
    if (!isDeviceId(deviceId)) return undefined;
    return tailOf(topic.slice(slash + 1), deviceId);
  }

  telemetry(deviceId: string): string {
    return `${this.devicePrefix}${deviceId}/telemetry`;
  }

  status(deviceId: string): string {
    return `${this.devicePrefix}${deviceId}/status`;
  }

  config(deviceId: string): string {
    return `${this.devicePrefix}${deviceId}/config`;
  }

  command(deviceId: string): string {
    return `${this.devicePrefix}${deviceId}/command`;
  }

  alert(severity: string): string {
    return `${this.root}/alerts/${severity}`;
  }
}

/** Characters of a topic that an action publishes to. */
const ACTION_TOPIC_CHARACTERS = 1_000;

/**
 * True for topics that belong to nobody's devices and alerts: their first level is not the one of `root`, and not one of the broker (`$SYS`). Actions
 * publish to these alone, and programs may follow them.
 */
export function isActionTopic(topic: string, root: string): boolean {
  return !topic.startsWith('$') && firstLevelOf(topic) !== firstLevelOf(root);
}

/**
 * Why an action cannot publish to `topic`, or undefined when it can. Fields such as {{device.id}} stand for any text without a slash; what comes of
 * them is judged again when it is sent. Without `root` only what holds for every installation is judged.
 */
export function actionTopicProblem(topic: string, root: string | undefined): string | undefined {
  const fixed = topic.replace(/\{\{[^{}]{0,200}\}\}/g, 'x');
  if (/[+#]/.test(fixed)) return `The topic "${topic}" has a wildcard; a message goes to one topic, so leave + and # out.`;
  if (/[\p{Cc}\ufffd]/u.test(fixed)) return 'The topic has control characters; leave them out.';
  if (fixed.length > ACTION_TOPIC_CHARACTERS) {
    return `The topic has ${String(fixed.length)} characters; use at most ${String(ACTION_TOPIC_CHARACTERS)}.`;
  }
  if (root === undefined ? !fixed.startsWith('$') : isActionTopic(fixed, root)) return undefined;
  if (fixed.startsWith('$'))
    return `The topic "${topic}" is one of the platform's own ("$..." is the broker's); choose another first level, such as plant/alarms.`;
  const first = firstLevelOf(root ?? '');
  return `The topic "${topic}" is one of the platform's own ("${first}/..." and "$..."); choose another first level, such as plant/alarms. A device gets a command by the action "command".`;
}

function firstLevelOf(topic: string): string {
  return topic.split('/', 1)[0] ?? '';
}

function tailOf(tail: string, deviceId: string): DeviceTopic | undefined {
  switch (tail) {
    case 'telemetry':
      return { kind: 'telemetry', deviceId };
    case 'status':
      return { kind: 'status', deviceId };
    case 'config':
      return { kind: 'config', deviceId };
    case 'command':
      return { kind: 'command', deviceId };
    case 'command/response':
    case 'commands':
      return { kind: 'command_response', deviceId };
    default: {
      const key = tail.startsWith('telemetry/') ? tail.slice('telemetry/'.length) : '';
      return key !== '' && !key.includes('/') ? { kind: 'telemetry_key', deviceId, key } : undefined;
    }
  }
}
