import { actionSchema } from '../contracts/actions.ts';
import type { Action } from '../contracts/actions.ts';
import { AppError } from '../core/errors.ts';
import { patiently } from '../engine/patience.ts';
import { withHeaders } from '../notify/webhooks/header-secrets.ts';
import type { HeaderSecrets } from '../notify/webhooks/header-secrets.ts';
import type { Database } from '../storage/database.ts';
import { actionsOfVersion } from '../storage/repositories/rulebook.ts';

/** The actions of one version of a rule: those that can be carried out, each with its place from 0 on, and why the others cannot. */
export interface VersionActions {
  actions: readonly { index: number; action: Action }[];
  problems: readonly string[];
}

/** Which version of which rule. */
export interface RuleVersionOf {
  tenantId: string;
  ruleId: string;
  version: number;
}

/** So many versions are kept in memory; they never change. */
const KEPT = 1_000;

/** What nodes ask for the actions of stored rules. */
export class RuleActions {
  private readonly db: Database;
  private readonly secrets: Pick<HeaderSecrets, 'open'>;
  private readonly known = new Map<string, VersionActions>();
  private readonly stopping = new AbortController();

  constructor(db: Database, secrets: Pick<HeaderSecrets, 'open'>) {
    this.db = db;
    this.secrets = secrets;
  }

  /** Ends all waiting: whoever asks while the database is away is told so. */
  stop(): void {
    this.stopping.abort();
  }

  /** The actions as they were when that version judged; none for a rule on the canvas. Waits as long as the database is away. */
  async of(version: RuleVersionOf): Promise<VersionActions> {
    const key = `${version.tenantId}/${version.ruleId}/${String(version.version)}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const stored = await patiently(
      () => this.db.readAsTenant(version.tenantId, (db) => actionsOfVersion(db, version)),
      this.stopping.signal,
    );
    const checked = checkedActions(stored, (value, url) => this.secrets.open(value, { tenantId: version.tenantId, url }));
    if (this.known.size >= KEPT) this.known.clear();
    this.known.set(key, checked);
    return checked;
  }
}

/** What was stored before its shape was checked may have no meaning any more; it is said, and the others are carried out. */
function checkedActions(stored: readonly unknown[], open: (value: string, url: string) => string): VersionActions {
  const actions: { index: number; action: Action }[] = [];
  const problems: string[] = [];
  for (const [index, each] of stored.entries()) {
    const checked = checkedAction(each, open);
    if (typeof checked === 'string') problems.push(`actions.${String(index)}: ${checked}`);
    else actions.push({ index, action: checked });
  }
  return { actions, problems };
}

/** The action with the values of its headers as they were entered, or what is wrong with it. */
function checkedAction(stored: unknown, open: (value: string, url: string) => string): Action | string {
  try {
    const parsed = actionSchema.safeParse(withHeaders(stored, (value, { url }) => open(value, url)));
    return parsed.success ? parsed.data : parsed.error.issues.map(({ message }) => message).join(' ');
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
}
