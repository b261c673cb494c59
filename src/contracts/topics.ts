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
