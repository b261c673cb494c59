import { addressesOf } from './channels/email/content.ts';
import type { NewNotification } from './types.ts';

/** What is told of one thing, to each recipient. `key` stands for the whole. */
export interface PerRecipient {
  tenantId: string;
  key: string;
  each: readonly NewNotification[];
}

/**
 * An e-mail to several recipients as one notification for each, addressed to that one alone: what a mail server refuses of one is tried again, or
 * reported, without a second e-mail to the others. Everything else stays as it is. `key` is that of the whole, under which older versions queued it.
 */
export function perRecipient(notification: NewNotification): PerRecipient {
  const { tenantId, channel, content, dedupKey: key } = notification;
  const recipients = channel === 'email' ? recipientsIn(notification) : [];
  if (recipients.length < 2) return { tenantId, key, each: [notification] };
  const each = recipients.map((address) => ({
    ...notification,
    ...{ dedupKey: `${key}:${address}`, recipient: address },
    content: 'action' in content ? { ...content, action: { ...(content.action as object), recipients: [address] } } : content,
  }));
  return { tenantId, key, each };
}

/** Of an action its list: the text for the ledger may be cut off. */
function recipientsIn({ content, recipient }: NewNotification): string[] {
  const action = 'action' in content && typeof content.action === 'object' ? content.action : null;
  const listed: unknown = action !== null && 'recipients' in action ? action.recipients : undefined;
  const addresses = Array.isArray(listed) ? listed.filter((one) => typeof one === 'string') : addressesOf(recipient);
  return [...new Set(addresses)];
}
