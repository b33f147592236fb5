import { afterAll, describe, expect, it } from 'vitest';
import { atTemperature } from '../../src/core/evaluation/calibration.ts';
import { sizeOf } from '../../src/core/graph/shape.ts';
import { openClassifier } from '../../src/core/model/classifier.ts';
import { featureLayer } from '../../src/core/model/embedding.ts';
import type { Model } from '../../src/core/model/model.ts';
import { nodeEngine } from '../../src/node/engine.ts';
import { modelFile, octets, picture, serviceAt, untrained } from './service.ts';

/** Reliability metadata with a temperature of 2, by which every picture is at distance 1 from the only class. */
function withReliability(reference: readonly number[]): Model {
  const model = untrained();
  const layer = featureLayer(model.network)!;
  const D = sizeOf(layer.outputShape);
  const error = { images: 10, before: 0.1, after: 0.05, lossBefore: 1, lossAfter: 0.9 };
  return {
    ...model,
    reliability: {
      calibration: { temperature: 2, fittedTemperature: 2, bins: 15, validation: error, test: error },
      familiarity: {
        layer: layer.name,
        leastScore: 0.05,
        validationKept: 0.95,
        testKept: 0.94,
        foreign: [],
        whitening: Float32Array.from({ length: D * D }, (_, i) => (i % (D + 1) === 0 ? 1 : 0)),
        means: new Float32Array(D),
        reference: Float32Array.from(reference),
      },
      sets: { fitted: 10, validation: 10, test: 10 },
      selvedge: '0.1.0',
    },
  };
}

describe('a model with reliability metadata', async () => {
  const model = withReliability([0.5, 2]);
  const { app } = await serviceAt(modelFile(model, afterAll));
  const classifier = await openClassifier(model, await nodeEngine(), 1);
  afterAll(() => classifier.close());
  const payload = Buffer.concat([picture(1), picture(2)]);
  const ask = () => app.inject({ method: 'POST', url: '/v1/classify?topK=10', payload, headers: octets });

  it('answers calibrated probabilities and familiarity with its score, without the hint', async () => {
    const answer = (await ask()).json();
    expect([answer.calibrated, Object.hasOwn(answer, 'hint')]).toEqual([true, false]);
    const raw = await classifier.probabilities(payload);
    const expected = atTemperature(raw, 10, 2);
    expect(expected).not.toEqual(raw);
    for (const [n, { predictions, familiar, familiarity }] of answer.pictures.entries()) {
      for (const { label, probability } of predictions) expect(probability).toBe(expected[n * 10 + label]);
      expect([familiar, familiarity]).toEqual([true, 0.5]);
    }
  });

  it('gives the same bits to requests that share a batch', async () => {
    const alone = (await ask()).json();
    for (const response of await Promise.all(Array.from({ length: 20 }, ask))) expect(response.json()).toEqual(alone);
  });

  it('calls a picture unfamiliar beyond the distances of its validation split', async () => {
    const { app: strict } = await serviceAt(modelFile(withReliability([0.1, 0.2]), afterAll));
    const response = await strict.inject({ method: 'POST', url: '/v1/classify', payload, headers: octets });
    expect(response.json().pictures[0]).toMatchObject({ familiar: false, familiarity: 0 });
  });

  it('reports calibration and familiarity in an inference response', async () => {
    const tensor = { name: 'images', datatype: 'UINT8', shape: [1, 28, 28, 1], data: [...picture(1)] };
    const { parameters, outputs } = (
      await app.inject({ method: 'POST', url: '/v2/models/shop/infer', payload: { inputs: [tensor] } })
    ).json();
    expect(parameters).toEqual({ calibrated: true });
    const named = (name: string) => outputs.find((output: { name: string }) => output.name === name);
    expect(named('familiar')).toEqual({ name: 'familiar', datatype: 'BOOL', shape: [1], data: [true] });
    expect(named('familiarity')).toEqual({ name: 'familiarity', datatype: 'FP32', shape: [1], data: [0.5] });
    const expected = atTemperature(await classifier.probabilities(picture(1)), 10, 2);
    expect(Float32Array.from(outputs[0].data)).toEqual(expected);
  });
});
