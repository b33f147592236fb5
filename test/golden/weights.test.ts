import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { littleEndianBytes, sha256 } from '../../src/core/bytes.ts';
import type { RunConfiguration } from '../../src/core/training/configuration.ts';
import { train } from '../../src/core/training/train.ts';
import { nodeEngine } from '../../src/node/engine.ts';
import { subset } from '../engine/fixtures.ts';

interface GoldenWeights {
  readonly configuration: RunConfiguration;
  readonly weightsSha256: string;
  readonly wasmSha256: string;
}

const golden: GoldenWeights = JSON.parse(readFileSync(new URL('weights.json', import.meta.url), 'utf8'));
const advice = 'where the kernels were changed on purpose, run: npm run golden:weights';

describe('two epochs of the committed subset', () => {
  test.each([1, 2])(
    'give the committed SHA-256 of the weights on this machine too, with %i threads',
    async (threads) => {
      const { model } = await train(subset(), await nodeEngine(), { ...golden.configuration, threads, clock: () => 0 });
      expect(await sha256(littleEndianBytes(model.parameters)), advice).toBe(golden.weightsSha256);
    },
  );

  test('were trained with the kernels of this build', async () => {
    expect((await nodeEngine()).wasmSha256, advice).toBe(golden.wasmSha256);
  });
});
