import type { Problem } from '../../../../src/contracts/common.ts';
import { readConfig } from '../../node-config.ts';
import type { NodeConfig } from '../../node-config.ts';
import { fieldsOf } from '../form.ts';
import type { EditorNode } from '../red.ts';

/** What the *Send test* button needs to know of a type of node. */
export interface TestedNode<Config> {
  /** The first part of the keys of its texts: the folder's name. */
  texts: string;
  config: NodeConfig<Config>;
  /** The way of the API that sends: `email` or `webhook`. */
  channel: 'email' | 'webhook';
  /** What is sent to it, made of the checked fields. */
  bodyOf: (config: Config) => object;
}

/** What the API answers: what came of it, and all that was said. */
interface TestAnswer {
  delivered: boolean;
  reason: string;
  conversation?: unknown;
}

/** Lets the *Send test* button of a form send what the fields say now, saved or not, and show what was said on the way. */
export function prepareSendTest<Config>(type: TestedNode<Config>, node: EditorNode): void {
  const button = document.querySelector<HTMLButtonElement>('#insa-send-test');
  if (button === null) return;
  const text = (key: string, values?: Record<string, string>): string => node._(`${type.texts}.test.${key}`, values);
  button.addEventListener('click', () => {
    const read = readConfig(type.config, fieldsOf(type.config, node));
    if (!read.ok) {
      show(text('fix', { problem: read.problems[0]?.message ?? '' }));
      return;
    }
    button.disabled = true;
    show(text('sending'));
    void send(type.channel, type.bodyOf(read.config), text).then(({ line, log }) => {
      button.disabled = false;
      show(line, log);
    });
  });
}

/** Never rejects: what goes wrong is told in words. The cookie of the editor's login is good for the API too. */
async function send(
  channel: string,
  body: object,
  text: (key: string, values?: Record<string, string>) => string,
): Promise<{ line: string; log?: string }> {
  try {
    const response = await fetch(`/api/v1/notifications/test/${channel}`, {
      method: 'POST',
      credentials: 'same-origin',
      cache: 'no-store',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (response.status === 401) return { line: text('loginEnded') };
    if (!response.ok) return { line: text('failed', { reason: await problemIn(response) }) };
    const { delivered, reason, conversation } = (await response.json()) as TestAnswer;
    return { line: text(delivered ? 'delivered' : 'failed', { reason }), log: inLines(conversation) };
  } catch (error) {
    return { line: text('unreachable', { reason: error instanceof Error ? error.message : String(error) }) };
  }
}

/** As text: the form shows it as it is, and runs nothing of it. */
function show(line: string, log = ''): void {
  const outcome = document.getElementById('insa-send-test-outcome');
  const place = document.getElementById('insa-send-test-log');
  if (outcome !== null) outcome.textContent = line;
  if (place === null) return;
  place.textContent = log;
  place.hidden = log === '';
}

/** A conversation may be lines or a record of what was sent and answered. */
function inLines(conversation: unknown): string {
  if (conversation === undefined) return '';
  if (typeof conversation === 'string') return conversation;
  if (!Array.isArray(conversation)) return JSON.stringify(conversation, undefined, 2);
  return conversation.map((line: unknown) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
}

async function problemIn(response: Response): Promise<string> {
  const { detail, errors } = (await response.json().catch(() => ({}))) as Partial<Problem>;
  const fields = (errors ?? []).map(({ field, message }) => `${field}: ${message}`);
  return fields.length > 0 ? fields.join(' ') : (detail ?? `${String(response.status)} ${response.statusText}`);
}
