import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SelvedgeError } from '../errors.ts';
import { completeConfiguration } from '../training/configuration.ts';
import type { TrainingState } from '../training/state.ts';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from './checkpointFile.ts';
import { readSafetensors, type TensorFile, writeSafetensors } from './safetensors.ts';

const checkpoint: Checkpoint = {
  identity: {
    network: { name: 'meins-靴.json', spec: [{ type: 'input', shape: [2, 2, 1] }, { type: 'flatten' }] },
    configuration: completeConfiguration({
      epochs: 3,
      batchSize: 30,
      learningRate: 0.1 + 0.2,
      seed: 7,
      validation: 20,
    }),
    dataset: { 'train-images-idx3-ubyte': 'ab12', 't10k-labels-idx1-ubyte': 'cd34' },
    wasmSha256: '0f'.repeat(32),
    earlierEngines: ['1e'.repeat(32)],
    startedAt: '2026-01-02T03:04:05.678Z',
  },
  state: {
    parameters: Float32Array.of(0.1, -0, 1e-45, 3.4e38, -7),
    optimizer: { m: Float32Array.of(1, -2, 3, -4, 5e-20), v: Float32Array.of(1e-30, 0, 2, 3, 4) },
    history: [
      {
        ...{ epoch: 1, steps: 4, loss: 1 / 3, accuracy: 0.7, validationLoss: 0.9, validationAccuracy: 0.6 },
        ...{ weightsSha256: 'ee'.repeat(32), seconds: 1.25 },
      },
      { epoch: 2, steps: 4, loss: 0.2, accuracy: 0.8, weightsSha256: 'dd'.repeat(32), seconds: 1 },
    ],
    step: 2,
    lossSum: 12.345678901234567,
    correct: 31,
    seconds: 0.5,
  },
};
const bytes = await writeCheckpoint(checkpoint);

/** The bits of a state's numbers: 0 and -0 are two. */
const bitsOf = ({ parameters, optimizer }: TrainingState) =>
  [parameters, ...Object.values(optimizer)].map((array) => [
    ...new Uint32Array(array.buffer, array.byteOffset, array.length),
  ]);

/** The checkpoint's file with some of it changed. */
function changed({
  metadata,
  tensors,
}: {
  metadata?: Record<string, string>;
  tensors?: TensorFile['tensors'];
}): Uint8Array {
  const file = readSafetensors(bytes, 'x');
  return writeSafetensors({ metadata: { ...file.metadata, ...metadata }, tensors: tensors ?? file.tensors });
}

describe('a checkpoint', () => {
  test('is read as it was written, to the last bit', async () => {
    const read = await readCheckpoint(bytes, 'x');
    expect(read).toEqual(checkpoint);
    expect(bitsOf(read.state)).toEqual(bitsOf(checkpoint.state));
  });

  test('is the same bytes for the same state', async () => {
    expect(await writeCheckpoint(await readCheckpoint(bytes, 'x'))).toEqual(bytes);
  });

  test('before the first epoch, with an empty history, is read too', async () => {
    const state = { ...checkpoint.state, history: [], step: 0, lossSum: 0, correct: 0, seconds: 0 };
    const early = { ...checkpoint, state };
    expect(await readCheckpoint(await writeCheckpoint(early), 'x')).toEqual(early);
  });

  test('is never taken when it was cut short, wherever', async () => {
    for (let length = 0; length < bytes.length; length++) {
      await expect(readCheckpoint(bytes.slice(0, length), 'x'), `${length} bytes`).rejects.toMatchObject({
        name: 'SelvedgeError',
        code: 'bad-model',
        message: expect.stringMatching(/^x is not a usable checkpoint: [^\n]+\.$/),
      });
    }
  });

  test('is never taken when bytes were lost at its end and replaced by zeros', async () => {
    for (let length = 0; length < bytes.length - 4; length += 7) {
      const torn = bytes.slice().fill(0, length);
      await expect(readCheckpoint(torn, 'x'), `${length} bytes`).rejects.toMatchObject({ code: 'bad-model' });
    }
  });

  test('is bad-model with any one bit of it changed, save the blanks that fill up the header', async () => {
    const start = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
    for (let at = 0; at < bytes.length; at++) {
      const mutated = bytes.slice();
      mutated[at]! ^= 1 << (at % 8);
      const read = readCheckpoint(mutated, 'x').then(
        () => 'read',
        (error) => error.code,
      );
      const isBlank = at < start && bytes.slice(at, start).every((byte) => byte === 0x20);
      expect(isBlank ? ['read', 'bad-model'] : ['bad-model'], `byte ${at}`).toContain(await read);
    }
  });

  test('with a few bytes changed anywhere is bad-model or the very same, never another state or another error', async () => {
    const changes = fc.array(fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(changes, async (changesOf) => {
        const mutated = bytes.slice();
        for (const [at, value] of changesOf) mutated[at] = value;
        try {
          const read = await readCheckpoint(mutated, 'x');
          expect(read).toEqual(checkpoint);
          expect(bitsOf(read.state)).toEqual(bitsOf(checkpoint.state));
        } catch (error) {
          expect(error).toMatchObject({ name: 'SelvedgeError', code: 'bad-model' });
        }
      }),
      { seed: 6, numRuns: 1000 },
    );
  });

  test('with any metadata is bad-model, never another error', async () => {
    const texts = fc.oneof(fc.string(), fc.json());
    const keys = fc.constantFrom('format', 'version', 'identity', 'progress', 'sha256');
    await fc.assert(
      fc.asyncProperty(fc.dictionary(keys, texts, { minKeys: 1 }), async (metadata) => {
        if (metadata['version'] === '1' && Object.keys(metadata).length === 1) return;
        await expect(readCheckpoint(changed({ metadata }), 'x')).rejects.toMatchObject({ code: 'bad-model' });
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  test('of stochastic gradient descent with an average has its arrays, and no others', async () => {
    const configuration = completeConfiguration({ optimizer: 'sgd', emaDecay: 0.9 });
    const identity = { ...checkpoint.identity, configuration };
    const optimizer = { velocity: Float32Array.of(1, 2, 3, 4, 5), average: Float32Array.of(6, 7, 8, 9, 0.1) };
    const other = { identity, state: { ...checkpoint.state, optimizer } };
    const file = await writeCheckpoint(other);
    expect([...readSafetensors(file, 'x').tensors.keys()]).toEqual(['parameters', 'velocity', 'average']);
    expect(await readCheckpoint(file, 'x')).toEqual(other);
  });

  const { tensors } = readSafetensors(bytes, 'x');
  const values = (name: string) => tensors.get(name)!;
  test.each([
    [
      'of a newer version',
      changed({ metadata: { version: '2' } }),
      'it has format version 2, and this program reads up to 1; update selvedge',
    ],
    ['of a senseless version', changed({ metadata: { version: 'x' } }), 'its metadata lacks a format version'],
    [
      'that is a model',
      changed({ metadata: { format: 'selvedge-model' } }),
      'it is a safetensors file, but its metadata does not say selvedge-checkpoint',
    ],
    [
      'that lacks an array',
      changed({ tensors: new Map([...tensors].filter(([name]) => name !== 'v')) }),
      'it lacks the array v',
    ],
    [
      'whose two means are exchanged',
      changed({ tensors: new Map(tensors).set('m', values('v')).set('v', values('m')) }),
      'its SHA-256 is not the one it was written with',
    ],
    ['whose identity is not JSON', changed({ metadata: { identity: '{' } }), 'its identity cannot be read'],
    ['whose progress is incomplete', changed({ metadata: { progress: '{"step":1}' } }), 'its progress cannot be read'],
    [
      'whose progress was changed',
      changed({
        metadata: { progress: readSafetensors(bytes, 'x').metadata['progress']!.replace('"step":2', '"step":3') },
      }),
      'its SHA-256 is not the one it was written with',
    ],
  ])('%s is refused', async (_, file, what) => {
    await expect(readCheckpoint(file, 'runs/checkpoint.safetensors')).rejects.toThrow(
      new SelvedgeError('bad-model', `runs/checkpoint.safetensors is not a usable checkpoint: ${what}.`),
    );
  });
});
