import type { TeamOptions } from '../../src/core/engine/team.ts';
import { maskBytes } from '../../src/core/graph/layers/dropout.ts';
import type { Network } from '../../src/core/graph/network.ts';
import { sizeOf } from '../../src/core/graph/shape.ts';

/** One image's mask as dropout's kernels store it: a bit an element, in whole groups of 512. */
export function packMask(kept: ArrayLike<number | boolean>): Uint8Array {
  const bytes = new Uint8Array(maskBytes(kept.length));
  for (let e = 0; e < kept.length; e++) if (kept[e]) bytes[e >> 3]! |= 1 << (e & 7);
  return bytes;
}

/**
 * Puts masks [N, …outputShape] where the dropout layers read them; `withoutDraws` keeps them from being drawn.
 * @param seen what the team of a `watched` engine was made of
 */
export function writeMasks(
  { programs, memory }: TeamOptions,
  network: Network,
  masks: Readonly<Record<string, ArrayLike<number | boolean>>>,
): void {
  for (const [layer, kept] of Object.entries(masks)) {
    const draw = programs.flat().find(({ kernel, owner }) => kernel === 'dropoutMask' && owner === layer);
    if (!draw) throw new Error(`${layer} draws no mask`);
    const size = sizeOf(network.layers.find(({ name }) => name === layer)!.outputShape);
    const values = Array.from(kept);
    for (let n = 0; n * size < values.length; n++) {
      const bytes = packMask(values.slice(n * size, (n + 1) * size));
      new Uint8Array(memory.buffer, draw.args[0]! + n * bytes.length, bytes.length).set(bytes);
    }
  }
}
