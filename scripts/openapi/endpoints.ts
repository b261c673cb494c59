import { typeOf } from './schema-types.ts';
import type { JsonSchema } from './schema-types.ts';

interface Content {
  content?: Record<string, { schema: JsonSchema }>;
}

interface Operation {
  summary: string;
  parameters?: readonly { in: string; name: string; required?: boolean; schema: JsonSchema }[];
  requestBody?: Content & { required?: boolean };
  responses: Record<string, Content>;
}

/** The parts of an OpenAPI document that types are made of. */
export interface ApiDocument {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonSchema> };
}

const HEAD = `// Made by "npm run openapi" of the contracts; change those, not this file.

/** The shapes of the API by their names in docs/api/openapi.json. */`;

/** A TypeScript module with what every route takes and answers, as types by \`GET /devices\`. */
export function endpointTypes({ paths, components }: ApiDocument): string {
  const schemas = Object.entries(components.schemas).map(([name, schema]) => `${JSON.stringify(name)}: ${typeOf(schema)};`);
  const endpoints = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]) =>
        `/** ${operation.summary}. */\n${JSON.stringify(`${method.toUpperCase()} ${path}`)}: ${endpointOf(operation)};`,
    ),
  );
  return `${HEAD}
export interface Schemas { ${schemas.join('\n')} }

/** Every route: what it takes in its path, its query and its body, and what it answers. */
export interface Endpoints { ${endpoints.join('\n')} }
`;
}

function endpointOf({ parameters = [], requestBody, responses }: Operation): string {
  const parts = [`response: ${answerOf(responses)}`];
  for (const [place, name] of [
    ['path', 'params'],
    ['query', 'query'],
  ] as const) {
    const given = parameters.filter((parameter) => parameter.in === place);
    if (given.length === 0) continue;
    const required = given.filter((parameter) => parameter.required === true).map((parameter) => parameter.name);
    const properties = Object.fromEntries(given.map((parameter) => [parameter.name, parameter.schema]));
    parts.push(`${name}${required.length === 0 ? '?' : ''}: ${typeOf({ type: 'object', properties, required })}`);
  }
  const [body] = Object.values(requestBody?.content ?? {});
  if (body !== undefined) parts.push(`body${requestBody?.required === true ? '' : '?'}: ${typeOf(body.schema)}`);
  return `{ ${parts.join('; ')} }`;
}

/** What comes with the statuses of success; nothing is \`undefined\`. */
function answerOf(responses: Record<string, Content>): string {
  const types = Object.entries(responses).flatMap(([status, { content }]) => {
    if (!status.startsWith('2')) return [];
    return content === undefined ? ['undefined'] : Object.values(content).map(({ schema }) => typeOf(schema));
  });
  return [...new Set(types)].join(' | ');
}
