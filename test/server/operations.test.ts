import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, describe, expect, it } from 'vitest';
import { httpErrors } from '../../src/node/server/errors.ts';
import { defaultLimits } from '../../src/node/server/limits.ts';
import { modelFile, octets, picture, serviceAt, untrained } from './service.ts';

const { app, routes } = await serviceAt(modelFile(untrained(), afterAll));
const post = (url: string) => app.inject({ method: 'POST', url, payload: picture(), headers: octets });

describe('the OpenAPI document', async () => {
  const document = (await app.inject('/openapi.json')).json();
  const operations = Object.entries(document.paths as Record<string, Record<string, unknown>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );

  it('is 3.1, and every reference in it leads somewhere', () => {
    expect(document.openapi).toBe('3.1.0');
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
    expect(references.length).toBeGreaterThan(10);
    for (const [, name] of references) expect(document.components.schemas).toHaveProperty(name!);
  });

  it('lists every address of the service, and no other', () => {
    const documented = operations.map(({ path, method }) => ({ method, url: path.replaceAll(/\{(\w+)\}/g, ':$1') }));
    for (const { method, url } of documented) expect(app.hasRoute({ method, url }), `${method} ${url}`).toBe(true);
    const own = [...routes].filter((route) => !route.startsWith('/docs/'));
    expect(own.sort()).toEqual([...new Set(documented.map(({ url }) => url))].sort());
  });

  it('states the limits that the service has', async () => {
    const limits = { ...defaultLimits, bodyBytes: 3 * 2 ** 20, images: 5, explained: 2, deadlineMs: 1234 };
    const { app: other } = await serviceAt(modelFile(), { limits });
    const { info, paths } = (await other.inject('/openapi.json')).json();
    expect(info.description).toContain('up to 3 MiB (JSON 4 MiB) and 5 pictures');
    const { parameters, requestBody } = paths['/v1/classify'].post;
    const described = (name: string) => parameters.find((one: { name: string }) => one.name === name).description;
    expect(described('explain')).toContain('up to 2 pictures');
    expect(described('deadlineMs')).toContain('The default is 1234, with explain 10000');
    expect(requestBody.content['application/octet-stream'].schema.description).toContain('1 to 5 pictures');
    expect(requestBody.content['multipart/form-data'].schema.properties.image.maxItems).toBe(5);
  });

  it('describes each parameter by the schema that reads it', async () => {
    const { parameters } = document.paths['/v1/classify'].post;
    const schemaOf = (name: string) => parameters.find((one: { name: string }) => one.name === name).schema;
    expect(schemaOf('topK')).toEqual({ type: 'integer', minimum: 1, maximum: 1000, default: 3 });
    expect(schemaOf('deadlineMs')).toEqual({ type: 'integer', minimum: 1, maximum: 60_000 });
    expect(schemaOf('explain')).toEqual({ type: 'boolean', default: false });
    const statuses = await Promise.all(
      ['topK=1000', 'topK=1001', 'topK=1e2', 'deadlineMs=60000', 'deadlineMs=60001', 'explain=TRUE', 'model=shop'].map(
        async (query) => (await post(`/v1/classify?${query}`)).statusCode,
      ),
    );
    expect(statuses).toEqual([200, 400, 400, 200, 400, 400, 200]);
  });

  it('lists every kind of failure with its status', () => {
    const text = JSON.stringify(operations);
    for (const [code, { status, when, ...only }] of Object.entries(httpErrors)) {
      if ('of' in only) continue;
      expect(text, code).toContain(`\`${code}\``);
      const found = operations.some(({ operation }) => {
        const { responses } = operation as { responses: Record<string, { description: string }> };
        return responses[status]?.description.includes(`\`${code}\`: ${when}`);
      });
      expect(found, code).toBe(true);
    }
  });

  it.each([
    ['POST', '/v1/classify?explain=true&topK=10', 'Answer'],
    ['POST', '/v1/classify?topK=no', 'Failure'],
    ['GET', '/v2/models/shop', 'ModelMetadata'],
    ['GET', '/v2/health/ready', 'Ready'],
  ])('%s %s answers in the shape of %s', async (method, url, schema) => {
    const ajv = new Ajv2020({ strict: false, schemas: [{ $id: 'doc', components: document.components }] });
    const response = method === 'POST' ? await post(url) : await app.inject(url);
    const validate = ajv.getSchema(`doc#/components/schemas/${schema}`)!;
    expect(validate(response.json()), JSON.stringify(validate.errors)).toBe(true);
  });

  it('has valid examples', () => {
    const ajv = new Ajv2020({ strict: false, schemas: [{ $id: 'doc', components: document.components }] });
    const shapes = Object.entries(document.components.schemas as Record<string, { examples?: unknown[] }>);
    const examples = shapes.flatMap(([name, { examples = [] }]) => examples.map((example) => ({ name, example })));
    expect(examples.length).toBeGreaterThan(0);
    for (const { name, example } of examples) {
      const validate = ajv.getSchema(`doc#/components/schemas/${name}`)!;
      expect(validate(example), JSON.stringify(validate.errors)).toBe(true);
    }
  });

  it('is shown as a page at /docs', async () => {
    const page = await app.inject('/docs');
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.headers['content-security-policy']).toContain("default-src 'self'");
    const scripts = [...page.body.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map(([, path]) => path!);
    expect(scripts.length).toBeGreaterThan(1);
    for (const path of scripts) {
      expect((await app.inject(new URL(path, 'http://localhost/docs').pathname)).statusCode).toBe(200);
    }
    expect((await app.inject('/docs/json')).headers['location']).toBe('/openapi.json');
    expect(document.info.title).toBe('Selvedge');
  });
});

describe('metrics', () => {
  it('count requests by route and status, time them, and report queue, batches, delay and versions', async () => {
    await post('/v1/classify');
    await post('/models/shop');
    await app.inject('/v1/nothing');
    const { body, headers } = await app.inject('/metrics');
    expect(headers['content-type']).toContain('text/plain');
    for (const line of [
      /^selvedge_requests_total\{route="\/v1\/classify",status="200"\} \d+$/m,
      /^selvedge_requests_total\{route="\/models\/:name",status="200"\} 1$/m,
      /^selvedge_requests_total\{route="none",status="404"\} 1$/m,
      /^selvedge_request_seconds_bucket\{le="0.005",route="\/v1\/classify"\} \d+$/m,
      /^selvedge_queue_pictures\{model="shop"\} 0$/m,
      /^selvedge_batch_pictures_sum\{model="shop"\} \d+$/m,
      /^selvedge_event_loop_delay_seconds\{quantile="0.99"\} [\d.e-]+$/m,
      /^selvedge_model_info\{model="shop",version="1",digest="[0-9a-f]{12}"\} 1$/m,
      /^process_resident_memory_bytes \d+$/m,
    ]) {
      expect(body).toMatch(line);
    }
  });
});

describe('headers', () => {
  it('keep browsers from guessing, framing and storing', async () => {
    for (const response of [await post('/v1/classify'), await app.inject('/nothing')]) {
      expect(response.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
      });
      expect(response.headers).not.toHaveProperty('x-powered-by');
    }
  });

  it('carry a request id: the client’s, where it is a plain word, or our own', async () => {
    const asked = (id: string) => app.inject({ url: '/v2', headers: { 'x-request-id': id } });
    expect((await asked('order-7')).headers['x-request-id']).toBe('order-7');
    expect((await asked('{"level":"fatal"}')).headers['x-request-id']).toMatch(/^[0-9a-f]{8}-\w+$/);
  });
});
