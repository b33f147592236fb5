import { expect, test } from 'vitest';
import { at, bufferOf, float, noAddress, persistentBuffer, transientBuffer } from '../../src/core/engine/buffers.ts';
import { kernelCall } from '../../src/core/engine/kernelCall.ts';
import { planMemory } from '../../src/core/engine/memoryPlan.ts';

const x = transientBuffer('test', 64);
const y = transientBuffer('test', 64);
const perImage = { units: 'images', chunkSize: 2 } as const;

test('arguments are put in the kernel’s order, addresses resolved, per-image offsets by position', () => {
  const weights = persistentBuffer('test', 64);
  const call = kernelCall(
    'layer',
    'dropoutApply',
    { bytes: 8, mask: noAddress, scale: float(2), size: 3, x: at(weights, 12), y },
    { ...perImage, perImage: { y: 12 } },
  );
  const plan = planMemory([[[call]]]);
  const [placed] = plan.programs[0]!;
  expect(placed!.args).toEqual([plan.addressOf(weights) + 12, 0, plan.placements[0]!.address, 2, 3, 8]);
  expect(placed!.offsets).toEqual([[2, 12]]);
  expect(bufferOf(at(weights, 12))).toBe(weights);
});

test('a wrong name, a missing argument or a wrong type does not compile', () => {
  const wrong = [
    // @ts-expect-error: no kernel has this name
    () => kernelCall('test', 'reluForwards', { x, y, size: 1 }, perImage),
    // @ts-expect-error: an argument has another name
    () => kernelCall('test', 'reluForward', { x, z: y, size: 1 }, perImage),
    // @ts-expect-error: an argument is missing
    () => kernelCall('test', 'reluForward', { x, y }, perImage),
    // @ts-expect-error: there is one argument too many
    () => kernelCall('test', 'reluForward', { x, y, size: 1, count: 1 }, perImage),
    // @ts-expect-error: a number is no address
    () => kernelCall('test', 'reluForward', { x, y: 1024, size: 1 }, perImage),
    // @ts-expect-error: an address is no count
    () => kernelCall('test', 'reluForward', { x, y, size: x }, perImage),
    // @ts-expect-error: a float is no count
    () => kernelCall('test', 'reluForward', { x, y, size: float(1) }, perImage),
    // @ts-expect-error: a plain number is no float
    () => kernelCall('test', 'dropoutApply', { x, mask: x, y, scale: 2, size: 1, bytes: 64 }, perImage),
    // @ts-expect-error: only addresses advance with the image
    () => kernelCall('test', 'reluForward', { x, y, size: 1 }, { ...perImage, perImage: { size: 4 } }),
  ];
  // The type check is the test; calling them would only show that JavaScript has no types.
  expect(wrong).toHaveLength(9);
});
