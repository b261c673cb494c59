import type { Pace } from './pace.ts';

/** How one question is asked. */
export interface Asking<Answer> {
  /** An answer that is younger than this will do, in milliseconds. */
  freshMs: number;
  send: () => Promise<Answer>;
}

interface Kept<Answer> {
  answer: Promise<Answer>;
  askedAtMs: number;
}

/** More questions than this are not remembered; the oldest go first. */
const MOST_KEPT = 200;

/** Answers of one kind of analysis: whoever asks the same at the same time, or a moment later, shares one request; different ones keep a pace. */
export class SharedAnswers<Answer> {
  private readonly pace: Pace;
  private readonly nowMs: () => number;
  private readonly kept = new Map<string, Kept<Answer>>();

  constructor(pace: Pace, nowMs: () => number) {
    this.pace = pace;
    this.nowMs = nowMs;
  }

  /** Answers a question, of which the text says everything that makes the answer another. */
  ask(question: string, { freshMs, send }: Asking<Answer>): Promise<Answer> {
    const known = this.kept.get(question);
    if (known !== undefined && Math.abs(this.nowMs() - known.askedAtMs) < freshMs) return known.answer;
    const answer = this.pace.turn().then(send);
    this.kept.delete(question);
    this.kept.set(question, { answer, askedAtMs: this.nowMs() });
    // A refusal is told to those who asked; the next one asks again.
    answer.catch(() => {
      if (this.kept.get(question)?.answer === answer) this.kept.delete(question);
    });
    const [oldest] = this.kept.keys();
    if (this.kept.size > MOST_KEPT && oldest !== undefined) this.kept.delete(oldest);
    return answer;
  }

  /** True while a new question has to wait for its turn. */
  get isBusy(): boolean {
    return this.pace.isFull;
  }
}
