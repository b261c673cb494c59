import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { TransactionalAudit } from '../auth/audit.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../core/clock.ts';
import { newUuid } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import { createAddressGuard } from '../notify/channels/webhook/address-guard.ts';
import type { AddressGuard } from '../notify/channels/webhook/address-guard.ts';
import { createGuardedHttp } from '../notify/channels/webhook/guarded-fetch.ts';
import type { Resolver } from '../notify/channels/webhook/guarded-fetch.ts';
import type { GuardedHttp } from '../notify/channels/webhook/guarded-http.ts';
import { createSystemResolver } from '../notify/channels/webhook/system-resolver.ts';
import { WebhookChannel } from '../notify/channels/webhook/webhook-channel.ts';
import { EndpointService } from '../notify/webhooks/endpoint-service.ts';
import { createHeaderSecrets } from '../notify/webhooks/header-secrets.ts';
import type { HeaderSecrets } from '../notify/webhooks/header-secrets.ts';
import { createSecretBox } from '../notify/webhooks/secret-box.ts';
import { WebhookTester } from '../notify/webhooks/webhook-tester.ts';
import type { DataDir } from '../storage/data-dir.ts';
import type { OpenDatabase } from '../storage/postgres.ts';

/** What webhooks are made of. */
export interface WebhooksOptions {
  config: Pick<Config, 'webhook' | 'httpPort' | 'databaseUrl' | 'redisUrl'> & { mqtt: Pick<Config['mqtt'], 'port' | 'tlsPort'> };
  dataDir: Pick<DataDir, 'secret'>;
  db: OpenDatabase;
  audit: TransactionalAudit;
  clock: Clock;
  logger: Logger;
  /** How names become addresses; as the machine does unless given (tests). */
  resolve?: Resolver;
}

/** The channel of webhooks, its guarded sender (workflows of n8n use it too), and what the API speaks for. Nothing of it has to be stopped. */
export interface Webhooks {
  http: GuardedHttp;
  channel: WebhookChannel;
  /** The platform listens on this port, whatever was configured: nothing is sent there on its own machine. */
  listensOn(port: number): void;
  /** Why nothing can ever be sent to a URL, whatever an administrator allows, in half a sentence; undefined when that cannot be told from its text. */
  neverReachable(url: string): string | undefined;
  /** For the values of headers in actions. */
  secrets: HeaderSecrets;
  api: { webhooks: EndpointService; webhookTester: WebhookTester };
}

/** Makes webhooks; what is made twice of the same options is the same. */
export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { config, dataDir, db, audit, clock, logger, resolve = createSystemResolver() } = options;
  const listening = new Set<number>();
  const configured = [config.httpPort, config.mqtt.port, config.mqtt.tlsPort];
  // An embedded database may have any free port.
  const { port = 5432 } = db.connectionOfWorker;
  const stores = [portOf(config.databaseUrl, 5432), port, portOf(config.redisUrl, 6379)];
  const policy = {
    ownAddresses,
    ownPorts: () => [...listening, ...configured],
    storePorts: () => stores,
  };
  const refusalOf = createAddressGuard({ ...policy, allowCidrs: config.webhook.allowCidrs });
  const isNever = createAddressGuard({ ...policy, allowCidrs: ['0.0.0.0/0', '::/0'] });
  const http = createGuardedHttp({ resolve, refusalOf });
  const box = createSecretBox(Buffer.from(dataDir.secret('webhook-key', 32), 'base64url'), randomBytes);
  const secrets = createHeaderSecrets(box);
  const endpoints = new EndpointService({
    ...{ db, clock, audit },
    newId: newUuid,
    box,
    defaultSecret: config.webhook.secret ?? dataDir.secret('webhook-secret', 32),
    random: randomBytes,
  });
  return {
    http,
    secrets,
    neverReachable: (url) => whyNever(isNever, url),
    listensOn: (own) => listening.add(own),
    channel: new WebhookChannel({ http, endpoints, secrets, clock, logger }),
    api: { webhooks: endpoints, webhookTester: new WebhookTester({ http, endpoints, clock, newId: newUuid }) },
  };
}

/** Names other than localhost are looked up when something is sent. */
function whyNever(isNever: AddressGuard, url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname, port, protocol } = new URL(url);
  const address = hostname === 'localhost' ? '127.0.0.1' : hostname.replaceAll(/[[\]]/g, '');
  if (isIP(address) === 0) return undefined;
  const why = isNever(address, port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port));
  return why === undefined ? undefined : `${address} ${why}`;
}

/** Asked for at each request: addresses come and go. */
function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address }) => address));
}

/** The usual port also stands where nothing is configured: the server that is reached by a socket then may listen there as well. */
function portOf(url: string | undefined, usual: number): number {
  const port = url !== undefined && URL.canParse(url) ? new URL(url).port : '';
  return port === '' ? usual : Number(port);
}
