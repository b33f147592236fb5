import { expect, it } from 'vitest';
import { sampleInspection } from '../../../test/fixtures/inspection/sampleRecord.ts';
import { featureMaps } from './featureMaps.ts';

it('names units after the classes only where they answer, not in a hidden layer of as many', () => {
  const data = sampleInspection({ images: 1 });
  const spec = [
    { type: 'input', shape: [28, 28, 1] },
    { type: 'flatten' },
    { type: 'dense', units: 10, activation: 'relu' },
    { type: 'dense', units: 10, activation: 'softmax' },
  ] as const;
  const names = ['input', 'dense_1', 'relu_1', 'dense_2', 'softmax_1'];
  const layers = new Map(names.map((name) => [name, new Float32Array(10).fill(0.1)]));
  const record = { ...data.record, model: { ...data.record.model, spec }, maps: [] };
  const { markup } = featureMaps({ ...data, record, activations: [{ layers }] });
  const of = (name: string) => markup.slice(markup.indexOf(`id="layer-${name}"`)).split('</li></ul>')[0]!;
  const [first] = record.model.classNames;
  for (const name of ['dense_1', 'relu_1']) {
    expect(of(name)).toContain('unit 0');
    expect(of(name)).not.toContain(first);
  }
  for (const name of ['dense_2', 'softmax_1']) expect(of(name)).toContain(first);
  expect(markup.match(/One logit a class/g)).toHaveLength(1);
});
