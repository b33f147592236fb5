import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Implementation,
  type LayerResult,
  relativeErrorOrSize,
  typesWithOneInput,
  usesWinograd,
} from './contract.ts';
import { type HandWorkedCase, handWorkedCases } from './handWorkedCases.ts';
import { reference, wasmInline, wasmOnThreads } from './implementations.ts';
import { randomCases } from './randomCases.ts';

async function expectHandWorked(implementation: Implementation, layerCase: HandWorkedCase): Promise<void> {
  const { y, dx, parameterGradients } = await implementation(layerCase);
  // Adding zero makes minus zero plain: its sign is nobody's promise.
  const of = (values: ArrayLike<number>) => Array.from(values, (v) => v + 0);
  const result = { y: of(y), dx: of(dx), parameterGradients: of(parameterGradients) };
  expect(result).toEqual(layerCase.expected);
}

/** The tensors' bits; that NaN stands somewhere counts, its bits don't. */
function bits({ y, dx, parameterGradients }: LayerResult): Record<string, Uint32Array> {
  const of = (values: ArrayLike<number>) => {
    const floats = Float32Array.from(values, (v) => (Number.isNaN(v) ? Number.NaN : v));
    return new Uint32Array(floats.buffer);
  };
  return { y: of(y), dx: of(dx), parameterGradients: of(parameterGradients) };
}

test('every type of layer with one input has a hand-worked and a random case', () => {
  for (const cases of [handWorkedCases, randomCases]) {
    const found = new Set(cases.map(({ layer }) => layer.type));
    expect(typesWithOneInput.filter((type) => !found.has(type))).toEqual([]);
  }
});

describe.each([
  ['reference', reference],
  ['wasm', wasmInline],
] as const)('%s gives what was worked out by hand, to the last bit', (_, implementation) => {
  test.each(handWorkedCases)('$name', (layerCase) => expectHandWorked(implementation, layerCase));
});

/** Largest error ÷ largest value, forward and for gradients. */
const tolerance = { forward: 1e-6, gradients: 1e-5 };
const winogradTolerance = { forward: 3e-5, gradients: 5e-5 };

describe('wasm against the reference: relative error under 1e-6 forward, under 1e-5 for gradients; Winograd’s F(4×4) under 3e-5 and 5e-5', () => {
  test.each(randomCases)('$name', async (layerCase) => {
    const [is, should] = await Promise.all([wasmInline(layerCase), reference(layerCase)]);
    const { forward, gradients } = usesWinograd(layerCase) ? winogradTolerance : tolerance;
    expect(relativeErrorOrSize(is.y, should.y), 'y').toBeLessThan(forward);
    expect(relativeErrorOrSize(is.dx, should.dx), 'dx').toBeLessThan(gradients);
    expect(relativeErrorOrSize(is.parameterGradients, should.parameterGradients), 'parameters').toBeLessThan(gradients);
  });
});

describe.each([2, 3])('wasm with %i threads', (threads) => {
  let team: Awaited<ReturnType<typeof wasmOnThreads>>;
  beforeAll(async () => {
    team = await wasmOnThreads(threads, [...handWorkedCases, ...randomCases]);
  });
  afterAll(() => team.close());

  test.each(handWorkedCases)('gives what was worked out by hand: $name', (layerCase) =>
    expectHandWorked(team.run, layerCase),
  );

  test.each(randomCases)('gives the same bits as without: $name', async (layerCase) => {
    expect(bits(await team.run(layerCase))).toEqual(bits(await wasmInline(layerCase)));
  });
});
