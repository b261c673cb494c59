import assert from 'node:assert/strict';
import { z } from 'zod';

/** An answer of the API, as far as its document speaks of it. */
export interface CheckedAnswer {
  method: string;
  /** Under `/api/v1`, with or without a query: `/devices/pump-01?x=1`. */
  path: string;
  status: number;
  contentType: string | null;
  text: string;
}

interface Content {
  schema?: object;
}

interface Operation {
  responses: Record<string, { $ref?: string; content?: Record<string, Content> }>;
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; responses?: Record<string, { content?: Record<string, Content> }> };
}

const PROBLEM = 'application/problem+json';
/** What every route may answer without saying so: another method, and what goes wrong inside. */
const EVERYWHERE = [405, 500, 503];

/**
 * Holds answers against the OpenAPI document: a status, a content type or a field that the document does not know fails, and so does a
 * problem with a status that the route does not declare. Fails with an AssertionError that names request and field.
 */
export class ResponseCheck {
  private readonly document: Document;
  private readonly templates: { template: string; pattern: RegExp; parameters: number }[];
  private readonly schemas = new Map<object, z.ZodType>();

  constructor(document: object) {
    this.document = document as Document;
    this.templates = Object.keys(this.document.paths)
      .map((template) => ({
        template,
        pattern: new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
        parameters: template.split('{').length,
      }))
      .sort((a, b) => a.parameters - b.parameters);
  }

  check(answer: CheckedAnswer): void {
    const [path = ''] = answer.path.split('?', 1);
    const type = (answer.contentType ?? '').split(';', 1)[0] ?? '';
    const name = `${answer.method} ${answer.path} ${String(answer.status)}`;
    const operation = this.operationOf(answer.method, path);
    if (answer.status >= 400) {
      assert.equal(type, PROBLEM, `${name}: every refusal is a problem, but this is ${answer.text.slice(0, 200)}`);
      this.match(name, { $ref: '#/components/schemas/Problem' }, JSON.parse(answer.text));
      if (operation === undefined || EVERYWHERE.includes(answer.status)) return;
      const hint = 'the document does not say that this route answers so; add the code to `problems` of the route';
      assert.ok(operation.responses[answer.status] !== undefined, `${name}: ${hint}. ${answer.text.slice(0, 300)}`);
      return;
    }
    if (operation === undefined && /^\/(openapi\.json$|docs(\/|$))/.test(path)) return;
    assert.ok(operation !== undefined, `${name}: the document has no such route`);
    const declared = operation.responses[answer.status];
    assert.ok(declared !== undefined, `${name}: the document has no such status`);
    if (declared.content === undefined) {
      assert.equal(answer.text, '', `${name}: the document says that there is no body`);
      return;
    }
    const content = declared.content[type];
    assert.ok(content?.schema !== undefined, `${name}: the document has no content type "${type}"`);
    this.match(name, content.schema, type === 'application/json' ? JSON.parse(answer.text) : answer.text);
  }

  private operationOf(method: string, path: string): Operation | undefined {
    const found = this.templates.filter(({ pattern }) => pattern.test(path));
    const operations = found.map(({ template }) => this.document.paths[template]?.[method.toLowerCase()]);
    return operations.find((operation) => operation !== undefined);
  }

  private match(name: string, schema: object, value: unknown): void {
    let parser = this.schemas.get(schema);
    if (parser === undefined) {
      parser = z.fromJSONSchema(this.standalone(schema), { registry: z.registry() });
      this.schemas.set(schema, parser);
    }
    const { error } = parser.safeParse(value);
    if (error === undefined) return;
    assert.fail(`${name}: the answer is not what the document says:\n${z.prettifyError(error)}\n${JSON.stringify(value).slice(0, 500)}`);
  }

  /** A schema with everything it refers to, as a JSON Schema of its own. */
  private standalone(schema: object): Parameters<typeof z.fromJSONSchema>[0] {
    const text = JSON.stringify({ ...schema, $defs: this.document.components.schemas });
    return JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')) as Parameters<typeof z.fromJSONSchema>[0];
  }
}
