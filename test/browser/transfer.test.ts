import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { littleEndianBytes, sha256 } from '../../src/core/bytes.ts';
import { readBackbone } from '../../src/core/formats/backboneFile.ts';
import { backboneFor } from '../../src/core/transfer/backbone.ts';
import { transfer } from '../../src/core/transfer/transfer.ts';
import { nodeEngine } from '../../src/node/engine.ts';
import { subset } from '../engine/fixtures.ts';
import { ask, browsersToTest, needsBrowser } from './browsers.ts';

const side = 32;
const options = {
  perClass: 6,
  flip: 'random',
  seed: 1,
  pictures: { photos: 'garment', negate: true },
} as const;

describe.each(browsersToTest())('a new last layer on pretrained features, in $name', (browser) => {
  test('on 3 Web Workers it has the bits that it has in Node', { timeout: 120_000 }, async (context) => {
    needsBrowser(context, browser);
    const file = new URL('../../backbones/efficientnet-lite0.safetensors', import.meta.url);
    const backbone = backboneFor(readBackbone(readFileSync(file), 'efficientnet-lite0'), [side, side, 3]);
    const { model } = await transfer(subset(), await nodeEngine(), { ...options, backbone, threads: 1 });
    const task = { name: 'transferred', side, threads: 3, ...options };
    const page = await ask<{ weights: string; error?: string }>(browser, task, { isolated: true, seconds: 100 });
    expect(page.error).toBeUndefined();
    expect(page.weights).toBe(await sha256(littleEndianBytes(model.parameters)));
  });
});
