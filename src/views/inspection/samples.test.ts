import { expect, it } from 'vitest';
import { sampleInspection } from '../../../test/fixtures/inspection/sampleRecord.ts';
import { samples } from './samples.ts';

it('says how many images stand behind each figure', () => {
  const { markup } = samples(sampleInspection().record.samples);
  expect(markup).toContain('10,000 test images');
  expect(markup).toContain('fitted on 4,000 training images, scored on 2,000 test images');
  expect(markup).toContain('to 1,024 dimensions for probes, decoding and CKA; to 512 for rank');
  expect(samples(null).markup).toContain('no test images');
});
