import { expect, it } from 'vitest';
import { sampleInspection } from '../../../test/fixtures/inspection/sampleRecord.ts';
import { aboutReport } from './aboutReport.ts';

it('lists the sizes of the samples', () => {
  const { record } = sampleInspection({ images: 1 });
  const { markup } = aboutReport(record);
  expect(markup).toContain('10,000 test images');
  expect(markup).toContain('fitted on 4,000 training images, scored on 2,000 test images');
  expect(markup).toContain('to 1,024 dimensions for probes, decoding and CKA; to 512 for rank');
  expect(aboutReport({ ...record, samples: null }).markup).toContain('no test images');
});

it('says where the untrained network has a trained kernel: a first layer that began from the data and was trained', () => {
  const { record } = sampleInspection({ images: 1 });
  const sentence = 'the first layer, which began with patchWhitening, has the trained kernel';
  const pageWith = (more: object) => {
    const layer = { type: 'conv2d', filters: 4, kernelSize: 2, ...more } as const;
    return aboutReport({ ...record, model: { ...record.model, spec: [...record.model.spec, layer] } }).markup;
  };
  expect(pageWith({ kernelInitializer: 'patchWhitening' })).toContain(sentence);
  expect(pageWith({ kernelInitializer: 'patchWhitening', trainable: false })).not.toContain(sentence);
  expect(pageWith({})).not.toContain(sentence);
});
