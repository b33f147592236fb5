import { z } from 'zod';
import { version } from '../../version.ts';
import { failure, type HttpErrorCode, httpErrors } from '../errors.ts';
import type { Operation, Schemas } from './routes.ts';

type Json = Readonly<Record<string, unknown>>;

/** What the document says of the whole service. */
export interface AboutService {
  readonly description: string;
  /** In their order on the page; the operations of the service itself follow. */
  readonly tags: readonly Operation['tag'][];
}

/** How any request can fail. */
const everywhere: readonly HttpErrorCode[] = [
  'bad-http',
  'bad-request',
  'headers-too-large',
  'too-slow',
  'wrong-method',
  'busy',
  'defect',
];
const withKey: readonly HttpErrorCode[] = ['key-missing', 'key-unknown', 'over-rate'];
const pathOfModels: Schemas = {
  name: z.string().describe("The model's name."),
  version: z.string().describe('Its version.'),
};

/** The OpenAPI 3.1 document of a service with these routes, as JSON. */
export function openApiDocument(operations: readonly Operation[], { description, tags }: AboutService): string {
  const schemas: Record<string, unknown> = {};

  /** The JSON schema; named parts of it join the document's. `io` selects what is sent or what it is parsed to. */
  const jsonSchema = (schema: z.ZodType, io: 'input' | 'output'): Json => {
    const { $schema, $defs = {}, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any', override });
    Object.assign(schemas, $defs);
    return json;
  };

  const content = (bodies: Schemas): Json => mapValues(bodies, (schema) => ({ schema: jsonSchema(schema, 'input') }));

  const described = (named: Schemas): Readonly<Record<string, Json>> =>
    mapValues(named, (one) => {
      const { description, ...schema } = jsonSchema(one, 'output');
      return { schema, description };
    });

  const answer = ({ description, json, content: others, headers }: Operation['answer']): Json => ({
    description,
    content: (json ?? others) && content({ ...(json && { 'application/json': json }), ...others }),
    headers: headers && described(headers),
  });

  const parameters = ({ url, path = {}, query = {}, headers = {} }: Operation): readonly Json[] => [
    ...[...url.matchAll(/:(\w+)/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      ...described(Object.hasOwn(path, name!) ? path : pathOfModels)[name!],
    })),
    ...Object.entries(described(query)).map(([name, one]) => ({ name, in: 'query', ...one })),
    ...Object.entries(described(headers)).map(([name, one]) => ({ name, in: 'header', ...one })),
  ];

  /** A status has one description, which lists its codes. */
  const failed = (codes: readonly HttpErrorCode[]): Json => {
    const statuses = [...new Set(codes.map((code) => httpErrors[code].status))].sort((a, b) => a - b);
    return Object.fromEntries(
      statuses.map((status) => {
        const own = codes.filter((code) => httpErrors[code].status === status);
        const examples = Object.fromEntries(
          own.map((code) => [code, { value: { error: httpErrors[code].when, code } }]),
        );
        return [
          status,
          {
            description: own.map((code) => `\`${code}\`: ${httpErrors[code].when}`).join('\n\n'),
            content: { 'application/json': { schema: jsonSchema(failure, 'input'), examples } },
            headers: status === 429 ? described({ 'Retry-After': z.int().describe('Seconds.') }) : undefined,
          },
        ];
      }),
    );
  };

  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of operations) {
    const { method, url, tag, summary, description, open = false, role, body, failures = {}, errors } = operation;
    const forbidden: HttpErrorCode[] = role
      ? ['cross-origin', ...(role === 'read' ? [] : (['role-missing'] as const))]
      : [];
    const own = parameters(operation);
    const path = url.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] ??= {};
    paths[path][method.toLowerCase()] = {
      security: open ? [] : undefined,
      tags: [tag],
      summary,
      description: role && role !== 'read' ? `${description ?? ''} Needs the role ${role}.`.trim() : description,
      parameters: own.length > 0 ? own : undefined,
      requestBody: body && { required: true, content: content(body) },
      responses: {
        [operation.answer.status ?? 200]: answer(operation.answer),
        ...(operation.answer.status === undefined &&
          failed([...everywhere, ...(open ? [] : withKey), ...forbidden, ...errors])),
        ...mapValues(failures, answer),
      },
    };
  }
  const document = {
    openapi: '3.1.0',
    info: {
      title: 'Selvedge',
      version,
      description,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    security: [{ bearer: [] }, { header: [] }, {}],
    // Their order on the page.
    tags: [...tags, 'Operations'].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A key made by `selvedge keys add`.' },
        header: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      },
      schemas,
    },
  };
  return JSON.stringify(document).replaceAll('#/$defs/', '#/components/schemas/');
}

/** Removes the bounds of JavaScript's integers, which Zod sets for every integer. */
function override({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}

function mapValues<T, R>(record: Readonly<Record<string, T>>, map: (value: T) => R): Readonly<Record<string, R>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
