import { isActionTopic } from '../contracts/topics.ts';
import type { DeviceTopic, Topics } from '../contracts/topics.ts';
import type { Principal } from '../core/principal.ts';
import { hasControlCharacter } from './text.ts';

/** What a filter may end in when a gateway follows its devices. */
const GATEWAY_TAILS: ReadonlySet<string> = new Set(['config', 'command']);

/**
 * A principal as the broker sees it: the name that its sessions belong to and the topics it may use (REQUIREMENTS, section 4).
 *
 * - A device publishes its own telemetry, status and answers to commands, and receives what is under its own topic.
 * - A gateway publishes the same for every device (whoever takes the message checks that the device is of its tenant), and receives
 *   configuration and commands.
 * - People and programs that may read alerts receive those, and what actions publish outside of the platform's own topics.
 */
export class Peer {
  readonly principal: Principal;
  /**
   * What client ids are prefixed with: nobody can then take over the session of somebody else. A device's is its id, which starts with
   * a letter or digit; the others start with `@`.
   */
  readonly identity: string;
  /** The one topic of nearly all messages; undefined for who has no telemetry of its own. */
  readonly ownTelemetryTopic: string | undefined;
  private readonly topics: Topics;
  private readonly mayWriteTelemetry: boolean;

  constructor(principal: Principal, topics: Topics) {
    this.principal = principal;
    this.topics = topics;
    this.identity = identityOf(principal);
    this.mayWriteTelemetry = principal.permissions.has('telemetry:write');
    this.ownTelemetryTopic = principal.kind === 'device' && this.mayWriteTelemetry ? topics.telemetry(principal.deviceId) : undefined;
  }

  get deviceId(): string | undefined {
    return this.principal.kind === 'device' ? this.principal.deviceId : undefined;
  }

  get credentialId(): string | undefined {
    return this.principal.kind === 'user' ? undefined : this.principal.credentialId;
  }

  /** Whether it may publish to `topic`. */
  mayPublish(topic: DeviceTopic): boolean {
    if (!this.speaksFor(topic.deviceId)) return false;
    switch (topic.kind) {
      case 'telemetry':
      case 'telemetry_key':
        return this.mayWriteTelemetry;
      case 'status':
      case 'command_response':
        return true;
      case 'config':
      case 'command':
        return false;
    }
  }

  /** Whether it may subscribe to `filter`. */
  maySubscribe(filter: string): boolean {
    if (hasControlCharacter(filter)) return false;
    switch (this.principal.kind) {
      case 'device':
        return this.isOwnFilter(filter, this.principal.deviceId);
      case 'gateway':
        return this.isGatewayFilter(filter);
      case 'program':
      case 'user':
        return this.isAlertFilter(filter);
    }
  }

  /** Whether a message on `topic` may be given to it, whatever it subscribed to and whenever. */
  mayReceive(topic: string): boolean {
    switch (this.principal.kind) {
      case 'device':
        return topic.startsWith(`${this.topics.root}/devices/${this.principal.deviceId}/`);
      case 'gateway': {
        const kind = this.topics.parse(topic)?.kind;
        return kind === 'config' || kind === 'command';
      }
      case 'program':
      case 'user':
        return (
          this.principal.permissions.has('alerts:read') &&
          (topic.startsWith(`${this.topics.root}/alerts/`) || isActionTopic(topic, this.topics.root))
        );
    }
  }

  private speaksFor(deviceId: string): boolean {
    return this.principal.kind === 'gateway' || this.deviceId === deviceId;
  }

  private isOwnFilter(filter: string, deviceId: string): boolean {
    return (
      filter === this.topics.command(deviceId) ||
      filter === this.topics.config(deviceId) ||
      filter === `${this.topics.root}/devices/${deviceId}/#`
    );
  }

  private isGatewayFilter(filter: string): boolean {
    const prefix = `${this.topics.root}/devices/`;
    if (!filter.startsWith(prefix) || filter.includes('#')) return false;
    const [device, tail, ...more] = filter.slice(prefix.length).split('/');
    if (device === undefined || tail === undefined || more.length > 0) return false;
    return GATEWAY_TAILS.has(tail) && (device === '+' || this.topics.parse(filter) !== undefined);
  }

  private isAlertFilter(filter: string): boolean {
    if (!this.principal.permissions.has('alerts:read')) return false;
    const prefix = `${this.topics.root}/alerts/`;
    if (filter.startsWith(prefix)) return !filter.slice(prefix.length).includes('/');
    return !/^[+#]/.test(filter) && isActionTopic(filter, this.topics.root);
  }
}

function identityOf(principal: Principal): string {
  switch (principal.kind) {
    case 'device':
      return principal.deviceId;
    case 'gateway':
      return `@gateway-${principal.credentialId}`;
    case 'program':
      return `@program-${principal.credentialId}`;
    case 'user':
      return `@user-${principal.userId}`;
  }
}

/** Parsed topics are kept up to this number; a gateway's devices use the same few topics again and again. */
const CACHED_TOPICS = 20_000;

/** `Topics.parse` with a memory, for the hot path. */
export class TopicCache {
  private readonly topics: Topics;
  private readonly parsed = new Map<string, DeviceTopic | undefined>();

  constructor(topics: Topics) {
    this.topics = topics;
  }

  parse(topic: string): DeviceTopic | undefined {
    const known = this.parsed.get(topic);
    if (known !== undefined) return known;
    const parsed = hasControlCharacter(topic) ? undefined : this.topics.parse(topic);
    if (parsed === undefined) return undefined;
    if (this.parsed.size >= CACHED_TOPICS) this.parsed.clear();
    this.parsed.set(topic, parsed);
    return parsed;
  }
}
