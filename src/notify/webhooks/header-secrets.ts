import { MASKED_HEADER } from '../../contracts/action-terms.ts';
import { AppError } from '../../core/errors.ts';
import type { NewNotification, Outbox } from '../types.ts';
import type { SecretBox } from './secret-box.ts';

/** What a value belongs to: it can be read for this tenant and this very URL alone, so it cannot be sent to anybody else. */
export interface HeaderPlace {
  tenantId: string;
  url: string;
}

/** Encrypts the values of headers, which authenticate, for the database. */
export interface HeaderSecrets {
  /** Text to be stored; another one at each call. */
  seal(value: string, place: HeaderPlace): string;
  /** What was sealed; a text that is not sealed (of an older version) as it is. Fails with INVALID_CONFIG for another place or key. */
  open(text: string, place: HeaderPlace): string;
}

/** Storage looks for what does not begin with it (`unsealed`). */
const SEALED = 'sealed:1:';

/** True for what `seal` made. */
export function isSealed(text: string): boolean {
  return text.startsWith(SEALED);
}

/** Headers are sealed in the box of the secrets of webhooks. */
export function createHeaderSecrets(box: SecretBox): HeaderSecrets {
  const ownerOf = ({ tenantId, url }: HeaderPlace): string => `header ${tenantId} ${url}`;
  return {
    seal: (value, place) => SEALED + box.seal(value, ownerOf(place)).toString('base64'),
    open: (text, place) => {
      if (!isSealed(text)) return text;
      try {
        return box.open(Buffer.from(text.slice(SEALED.length), 'base64'), ownerOf(place));
      } catch (error) {
        throw new AppError('INVALID_CONFIG', UNREADABLE, { cause: error });
      }
    },
  };
}

const UNREADABLE =
  'The values of its headers cannot be decrypted: they were stored with another key (DATA_DIR/secrets/webhook-key), or for another URL. Enter them again where the action is set up, and save it.';

/** One header of an action: its name, the URL that it goes to, and the field it stands in (`headers.Authorization`, `header.value`). */
export interface ActionHeader {
  name: string;
  url: string;
  field: string;
}

/** An action with each value of its headers changed, of whatever type and age it is; what has none is left as it is. */
export function withHeaders<Stored>(action: Stored, change: (value: string, header: ActionHeader) => string): Stored {
  if (typeof action !== 'object' || action === null) return action;
  const { url: goal, headers, header } = action as { url?: unknown; headers?: unknown; header?: unknown };
  const url = typeof goal === 'string' ? goal : '';
  const changed: Record<string, unknown> = {};
  if (isRecord(headers)) {
    changed['headers'] = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, change(textOf(value), { name, url, field: `headers.${name}` })]),
    );
  }
  if (isRecord(header) && 'value' in header) {
    const name = textOf(header['name']);
    changed['header'] = { ...header, value: change(textOf(header['value']), { name, url, field: 'header.value' }) };
  }
  return { ...action, ...changed };
}

/** An action with the values of its headers masked. */
export function maskedAction<Stored>(action: Stored): Stored {
  return withHeaders(action, () => MASKED_HEADER);
}

/** An action, or anything with one in its field `action`, with the values of its headers encrypted; those that are stay. */
export function sealedContent<Content extends object>(secrets: HeaderSecrets, tenantId: string, content: Content): Content {
  return withAction(content, (value, { url }) => (isSealed(value) ? value : secrets.seal(value, { tenantId, url })));
}

/** The same the other way. Fails with INVALID_CONFIG. */
export function openedContent<Content extends object>(secrets: Pick<HeaderSecrets, 'open'>, tenantId: string, content: Content): Content {
  return withAction(content, (value, { url }) => secrets.open(value, { tenantId, url }));
}

function withAction<Content extends object>(content: Content, change: (value: string, header: ActionHeader) => string): Content {
  return 'action' in content ? { ...content, action: withHeaders(content.action, change) } : content;
}

/** Encrypts the values of headers in what is queued: rows of the queue are kept for weeks, and backed up. */
export class SealingOutbox implements Outbox {
  private readonly outbox: Outbox;
  private readonly secrets: HeaderSecrets;

  constructor(outbox: Outbox, secrets: HeaderSecrets) {
    this.outbox = outbox;
    this.secrets = secrets;
  }

  enqueue(tx: Parameters<Outbox['enqueue']>[0], notifications: readonly NewNotification[]): Promise<string[]> {
    return this.outbox.enqueue(tx, notifications.map(this.sealed));
  }

  queue(notifications: readonly NewNotification[]): Promise<string[]> {
    return this.outbox.queue(notifications.map(this.sealed));
  }

  private readonly sealed = (notification: NewNotification): NewNotification => ({
    ...notification,
    content: sealedContent(this.secrets, notification.tenantId, notification.content),
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What older programs stored may be no text. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}
