import { afterAll, expect, it } from 'vitest';
import { costOf, createEnsemble, openServable } from '../../src/core/model/ensemble.ts';
import { nodeEngine } from '../../src/node/engine.ts';
import { modelFile, octets, picture, serviceAt, untrained } from './service.ts';

const models = [untrained(1), untrained(2)];
const ensemble = createEnsemble(models.map((model, i) => ({ name: `${i}`, model })));
const { app } = await serviceAt(modelFile(ensemble, afterAll));
const post = (url: string, payload: Buffer) => app.inject({ method: 'POST', url, payload, headers: octets });

it('an ensemble answers with the classifier’s own bits, and says why it is not calibrated', async () => {
  const classifier = await openServable(ensemble, await nodeEngine(), 1);
  const expected = await classifier.probabilities(picture());
  await classifier.close();
  const { pictures, calibrated, hint } = (await post('/v1/classify?topK=10', picture())).json();
  for (const { label, probability } of pictures[0].predictions) expect(probability).toBe(expected[label]);
  expect(calibrated).toBe(false);
  expect(hint).toContain('The members of this ensemble did not keep the same validation images out');
  const [best] = (await post('/models/shop', picture())).json();
  expect(best.score).toBe(Math.max(...expected));
});

it('GET /v1/models has the number of an ensemble’s members, and their parameters together', async () => {
  const [served] = (await app.inject('/v1/models')).json().models;
  expect(served).toMatchObject({ ensembleOf: 2, parameters: costOf(ensemble).parameters });
  expect(served.parameters).toBe(2 * 421_642);
});

it('an ensemble is not explained: 422 with a sentence', async () => {
  const response = await post('/v1/classify?explain=true', picture());
  expect([response.statusCode, response.json()]).toEqual([
    422,
    {
      error:
        'The model shop is an ensemble, whose answers are not explained: leave explain out, or ask one of its members.',
      code: 'no-explanation',
    },
  ]);
});
