import { z } from 'zod';
import { version } from '../../version.ts';
import { failure, type HttpErrorCode, httpErrors } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Operation, Schemas } from './routes.ts';

type Json = Readonly<Record<string, unknown>>;

const mebi = 2 ** 20;
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

/** The OpenAPI 3.1 document of a service with these routes and limits, as JSON. */
export function openApiDocument(operations: readonly Operation[], limits: Limits): string {
  const { bodyBytes, jsonBytes, images, pixels } = limits;
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

  const parameters = ({ url, query = {}, headers = {} }: Operation): readonly Json[] => [
    ...[...url.matchAll(/:(\w+)/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
      description: name === 'name' ? "The model's name." : 'Its version.',
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
    const { method, url, tag, summary, description, open = false, body, failures = {}, errors } = operation;
    const own = parameters(operation);
    const path = url.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] ??= {};
    paths[path][method.toLowerCase()] = {
      security: open ? [] : undefined,
      tags: [tag],
      summary,
      description,
      parameters: own.length > 0 ? own : undefined,
      requestBody: body && { required: true, content: content(body) },
      responses: {
        [operation.answer.status ?? 200]: answer(operation.answer),
        ...(operation.answer.status === undefined && failed([...everywhere, ...(open ? [] : withKey), ...errors])),
        ...mapValues(failures, answer),
      },
    };
  }
  const document = {
    openapi: '3.1.0',
    info: {
      title: 'Selvedge',
      version,
      description:
        'Classifies pictures of clothing. Every error is `{ error, code }`: a sentence, and a code that programs can test. ' +
        `A body has up to ${bodyBytes / mebi} MiB (JSON ${jsonBytes / mebi} MiB) and ${images} pictures, an image up to ${pixels / 1e6} million pixels.`,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    security: [{ bearer: [] }, { header: [] }, {}],
    // Their order on the page.
    tags: ['Selvedge', 'Hugging Face', 'Open Inference Protocol', 'Operations'].map((name) => ({ name })),
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
