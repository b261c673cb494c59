import type { PlatformEvents } from '../contracts/events.ts';
import type { Clock } from '../core/clock.ts';
import type { EventBus } from '../core/events.ts';

/** How old an answer may be that is given again, in milliseconds; what changes without an event (when a device was last seen) is that late. */
const SHARED_MS = 200;
const MAX_ANSWERS = 1_000;

interface SharedAnswer {
  askedAtMs: number;
  text: Promise<string>;
}

/**
 * Lists that many ask for at the same time are made once: every open page asks for the same first page. An answer is given again for 200 ms
 * at most, and not after anything was heard to have changed: whoever was told of a change, or made one, never reads what was before it.
 */
export class SharedAnswers {
  private readonly clock: Clock;
  private readonly byTenant = new Map<string, Map<string, SharedAnswer>>();

  constructor(deps: { clock: Clock; events: EventBus<PlatformEvents> }) {
    this.clock = deps.clock;
    for (const event of ['device.changed', 'device.status', 'alert.raised', 'alert.updated'] as const)
      deps.events.on(event, ({ tenantId }) => this.byTenant.delete(tenantId));
  }

  /** The answer to a question of a tenant, as JSON; `make` is asked unless somebody else asked the same just now. */
  async answer(tenantId: string, question: string, make: () => Promise<unknown>): Promise<string> {
    const answers = this.answersOf(tenantId);
    const nowMs = this.clock.nowMs();
    const known = answers.get(question);
    if (known !== undefined && Math.abs(nowMs - known.askedAtMs) < SHARED_MS) return known.text;
    if (answers.size >= MAX_ANSWERS) answers.clear();
    const text = make().then((body) => JSON.stringify(body));
    answers.set(question, { askedAtMs: nowMs, text });
    // What failed is asked again by the next.
    text.catch(() => {
      if (answers.get(question)?.text === text) answers.delete(question);
    });
    return text;
  }

  private answersOf(tenantId: string): Map<string, SharedAnswer> {
    const answers = this.byTenant.get(tenantId) ?? new Map<string, SharedAnswer>();
    this.byTenant.set(tenantId, answers);
    return answers;
  }
}
