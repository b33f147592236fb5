import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceClient } from '@huggingface/inference';
import { afterAll, describe, expect, it } from 'vitest';
import { createKeyRing, makeKey } from '../../src/node/server/http/keys.ts';
import { photos, temporaryFolder } from '../cli/selvedge.ts';
import { place, serviceAt, untrained } from './service.ts';

const folder = temporaryFolder(afterAll);
await place(folder, 'shop', '1');
await place(folder, 'other', '3', untrained(1));
const { stored, key } = makeKey('client', 1000, new Date());
const { app } = await serviceAt(folder, { keys: createKeyRing([stored]) });
const url = await app.listen({ port: 0, host: '127.0.0.1' });

const bytes = readFileSync(join(photos, '04-bag-shop-red.jpg'));
const photo = new Blob([bytes], { type: 'image/jpeg' });
const headers = { authorization: `Bearer ${key}` };
const json = (payload: object, path = '/models/shop') => app.inject({ method: 'POST', url: path, payload, headers });

describe('@huggingface/inference as a client, with an endpoint URL', () => {
  const client = new InferenceClient(key);

  it('classifies a photo: five classes, best first', async () => {
    const answer = await client.imageClassification({ data: photo, endpointUrl: `${url}/models/shop` });
    expect(answer).toHaveLength(5);
    const scores = answer.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    const own = await app.inject({
      method: 'POST',
      url: '/v1/classify?model=shop&topK=5',
      payload: bytes,
      headers: { ...headers, 'content-type': 'image/jpeg' },
    });
    const { predictions } = own.json().pictures[0];
    expect(answer).toEqual(
      predictions.map(({ name, probability }: { name: string; probability: number }) => ({
        label: name,
        score: probability,
      })),
    );
  });

  it('answers in headers what the list has no place for', async () => {
    const { headers: said } = await json({ inputs: bytes.toString('base64') });
    expect(said).toMatchObject({ 'x-calibrated': 'false', 'x-familiar': 'null', 'x-model-version': '1' });
    expect(JSON.parse(String(said['x-conversion']))).toMatchObject({ kind: 'converted', polarity: 'dark-on-light' });
  });

  it('rejects two pictures, of which one would not be answered', async () => {
    const payload = Buffer.alloc(2 * 784);
    const type = { ...headers, 'content-type': 'application/octet-stream' };
    const two = await app.inject({ method: 'POST', url: '/models/shop', payload, headers: type });
    expect([two.statusCode, two.json().code]).toEqual([413, 'too-many-images']);
    const other = await app.inject({ method: 'POST', url: '/models/shop?model=other', payload, headers: type });
    expect(other.json().code).toBe('bad-parameter');
  });

  it('classifies by client.endpoint, and a blob of no type', async () => {
    const endpoint = client.endpoint(`${url}/?model=other`);
    const typed = await endpoint.imageClassification({ data: photo });
    const untyped = await endpoint.imageClassification({ data: new Blob([bytes]) });
    expect(typed).toEqual(untyped);
    expect(typed).toHaveLength(5);
  });

  it('reports to the client why it failed', async () => {
    const noPicture = client.imageClassification({ data: new Blob(['no picture']), endpointUrl: `${url}/models/shop` });
    await expect(noPicture).rejects.toMatchObject({
      httpResponse: {
        status: 415,
        body: { error: expect.stringContaining('PNG, JPEG or WebP'), code: 'unsupported-body' },
      },
    });
    const unknown = new InferenceClient('hf_unknown');
    await expect(unknown.imageClassification({ data: photo, endpointUrl: `${url}/models/shop` })).rejects.toMatchObject(
      {
        httpResponse: { status: 401 },
      },
    );
  });
});

describe('JSON { inputs, parameters }', () => {
  const inputs = bytes.toString('base64');

  it('answers like the bytes, with top_k classes', async () => {
    const raw = await app.inject({ method: 'POST', url: '/models/shop', payload: bytes, headers });
    expect((await json({ inputs })).json()).toEqual(raw.json());
    expect(raw.headers).toMatchObject({ 'x-model-name': 'shop', 'x-model-version': '1' });
    const two = (await json({ inputs, parameters: { top_k: 2, function_to_apply: 'softmax' } })).json();
    expect(two).toEqual(raw.json().slice(0, 2));
    expect((await json({ inputs: `data:image/jpeg;base64,${inputs}` })).json()).toEqual(raw.json());
  });

  it.each([
    ['bad-json', { image: inputs }],
    ['bad-json', { inputs, parameters: [] }],
    ['bad-base64', { inputs: 'no base64!' }],
    ['bad-parameter', { inputs, parameters: { top_k: 0 } }],
    ['bad-parameter', { inputs, parameters: { function_to_apply: 'sigmoid' } }],
    ['empty-body', { inputs: '' }],
  ])('%s', async (code, payload) => {
    expect((await json(payload)).json()).toMatchObject({ code, error: expect.any(String) });
  });

  it('requires a name where several models are served', async () => {
    expect((await json({ inputs }, '/')).json()).toMatchObject({
      code: 'model-not-named',
      error: 'Several models are served, so name one of them with ?model=NAME: other, shop.',
    });
  });
});
