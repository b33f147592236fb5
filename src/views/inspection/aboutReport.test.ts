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
