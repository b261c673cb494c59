import type { AuditLog } from '../auth/audit.ts';
import type { FlowDeployment, FlowDifference, FlowImport, FlowProblem, FlowRollback, Flows, FlowVersion } from '../contracts/flows.ts';
import { AppError } from '../core/errors.ts';
import type { StoredFlowVersion } from '../storage/repositories/flow-versions.ts';
import { differenceOf, isEmpty } from './difference.ts';
import { withoutCredentials } from './flow-node.ts';
import type { FlowNode } from './flow-node.ts';
import { imported, onTab } from './merge.ts';
import { flowProblems } from './problems.ts';
import type { Deployer, FlowRuntime } from './types.ts';
import type { VersionHistory } from './version-history.ts';

/** What deploying through the API works with. */
export interface FlowDeploymentsDeps {
  runtime: FlowRuntime;
  versions: VersionHistory;
  audit: AuditLog;
  /** The tenant whose flows run here. Others have none. */
  tenantId: string;
}

/** Who asks. */
export interface FlowAuthor {
  tenantId: string;
  author: string;
  address: string;
}

interface Plan {
  current: { nodes: FlowNode[]; version: string };
  result: FlowNode[];
  difference: FlowDifference;
  problems: FlowProblem[];
}

type Terms = Pick<FlowImport, 'dry_run' | 'note' | 'expected_version'>;

const SHOWN_PROBLEMS = 50;

/** The deployed flows as files, and back: import, versions, rollback. Whoever is of another tenant finds nothing (NOT_FOUND). */
export class FlowDeployments {
  private readonly deps: FlowDeploymentsDeps;

  constructor(deps: FlowDeploymentsDeps) {
    this.deps = deps;
  }

  /** What is deployed, without credentials. */
  async current(tenantId: string): Promise<Flows> {
    this.assertOwn(tenantId);
    const { nodes, version } = await this.deps.runtime.deployed();
    return { version, flows: withoutCredentials(nodes) };
  }

  /**
   * Deploys imported nodes, or (dry run) answers what that would do. Fails with INVALID_REQUEST that names every problem, with CONFLICT when
   * other flows are deployed than the caller expects.
   */
  async import(by: FlowAuthor, input: FlowImport): Promise<FlowDeployment> {
    this.assertOwn(by.tenantId);
    return this.refusalsAudited(by, input, async () => {
      const current = await this.expected(input.expected_version);
      const nodes: readonly FlowNode[] = input.tab === undefined ? input.flows : onTab(input.flows, current.nodes, input.tab);
      const result = imported(current.nodes, nodes, input.mode);
      const problems = flowProblems(nodes, result, await this.deps.runtime.knowledge());
      const plan = { current, result, difference: differenceOf(current.nodes, result), problems };
      return this.carryOut(plan, { ...input, deployer: { ...deployerOf(by), origin: 'api', note: input.note }, blocking: () => true });
    });
  }

  /** Deploys a kept version again; of what may be wrong with it, only node types that are not there any more hinder it. */
  async rollback(by: FlowAuthor, id: string, terms: FlowRollback): Promise<FlowDeployment> {
    this.assertOwn(by.tenantId);
    return this.refusalsAudited(by, terms, async () => {
      const { version } = await this.deps.versions.get(by.tenantId, id);
      const current = await this.expected(terms.expected_version);
      const result = version.flows;
      const problems = flowProblems(result, result, await this.deps.runtime.knowledge());
      const plan = { current, result, difference: differenceOf(current.nodes, result), problems };
      const deployer: Deployer = { ...deployerOf(by), origin: 'rollback', note: terms.note, rolledBackFrom: version.number };
      return this.carryOut(plan, { ...terms, deployer, blocking: ({ kind }) => kind === 'unknown_type' });
    });
  }

  /** Kept versions, newest first. */
  list(query: { tenantId: string; beforeNumber: number | undefined; limit: number }): Promise<FlowVersion[]> {
    this.assertOwn(query.tenantId);
    return this.deps.versions.list(query);
  }

  /** A kept version with what it changed; `difference` is null when the one before is not kept any more. */
  async version(tenantId: string, id: string): Promise<StoredFlowVersion & { difference: FlowDifference | null }> {
    this.assertOwn(tenantId);
    const { version, before } = await this.deps.versions.get(tenantId, id);
    return { ...version, difference: before === undefined ? null : differenceOf(before, version.flows) };
  }

  private async carryOut(
    { current, result, difference, problems }: Plan,
    terms: Terms & { deployer: Deployer; blocking: (problem: FlowProblem) => boolean },
  ): Promise<FlowDeployment> {
    const untouched = { deployed: false, version: current.version, number: null, difference, problems };
    if (terms.dry_run === true) return untouched;
    const blocking = problems.filter(terms.blocking);
    if (blocking.length > 0) throw refused(blocking);
    if (isEmpty(difference)) return untouched;
    const version = await this.deps.runtime.deploy(result, current.version, terms.deployer);
    return { deployed: true, version, number: await this.deps.versions.written(), difference, problems };
  }

  private async expected(version: string | undefined): Promise<{ nodes: FlowNode[]; version: string }> {
    const current = await this.deps.runtime.deployed();
    if (version === undefined || version === current.version) return current;
    const message = 'Other flows are deployed than "expected_version" names; read them again (GET /flows) and decide once more.';
    throw new AppError('CONFLICT', message, { details: { version: current.version } });
  }

  /** Who tried to deploy and could not is written down too; looking alone is not. */
  private async refusalsAudited<Result>(by: FlowAuthor, terms: Terms, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof AppError && terms.dry_run !== true) {
        const { tenantId, author: actor, address } = by;
        const details = { code: error.code, reason: error.message };
        await this.deps.audit.record({ tenantId, actor, action: 'flows.deploy', outcome: 'refused', address, details });
      }
      throw error;
    }
  }

  private assertOwn(tenantId: string): void {
    if (tenantId !== this.deps.tenantId) throw new AppError('NOT_FOUND', 'No flows of your tenant run here.');
  }
}

function deployerOf({ author, address }: FlowAuthor): Pick<Deployer, 'author' | 'address'> {
  return { author, address };
}

function refused(problems: readonly FlowProblem[]): AppError {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${String(problems.length - 1)} more)` : '';
  return new AppError('INVALID_REQUEST', `${first?.message ?? ''}${more}`, {
    errors: problems.slice(0, SHOWN_PROBLEMS).map(({ field, message }) => ({ field, message })),
  });
}
