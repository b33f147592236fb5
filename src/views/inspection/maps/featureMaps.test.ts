import { expect, it } from 'vitest';
import { sampleInspection } from '../../../../test/fixtures/inspection/sampleRecord.ts';
import { featureMaps } from './featureMaps.ts';

it('labels logits and probabilities with the classes, but not a hidden layer of as many units', () => {
  const spec = [
    { type: 'input', shape: [28, 28, 1] },
    { type: 'flatten' },
    { type: 'dense', units: 10, activation: 'relu' },
    { type: 'dense', units: 10, activation: 'softmax' },
  ] as const;
  const data = sampleInspection({ images: 1, spec });
  const { record } = data;
  const { markup } = featureMaps(data);
  const of = (name: string) => markup.slice(markup.indexOf(`id="layer-${name}"`)).split('</li></ul>')[0]!;
  const [first] = record.model.classNames;
  for (const name of ['dense_1', 'relu_1']) {
    expect(of(name)).toContain('unit 0');
    expect(of(name)).not.toContain(first);
  }
  for (const name of ['dense_2', 'softmax_1']) expect(of(name)).toContain(first);
  expect(markup.match(/One logit per class/g)).toHaveLength(1);
});
