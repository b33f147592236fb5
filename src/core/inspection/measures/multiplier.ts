import { createExecutable } from '../../compile/executable.ts';
import { type Buffer, float, noAddress, persistentBuffer, transientBuffer } from '../../engine/buffers.ts';
import { type KernelCall, kernelCall } from '../../engine/kernelCall.ts';
import type { Engine } from '../../engine/start.ts';
import type { Matrix, Multiply } from './matrix.ts';

/** Sizes of the blocks into which products are cut: inner dimensions, columns, rows. */
const innerSizes = [16, 128, 512, 1024] as const;
const columnSizes = [16, 128, 512] as const;
const mostRows = 4096;

/** The kernels of dense layers as a matrix multiplier. */
export interface Multiplier {
  readonly multiply: Multiply;
  close(): Promise<void>;
}

type BlockName = `${number} × ${number}`;

/**
 * A · B by the kernels of dense layers: float32 within 1,024 inner dimensions, float64 from there on. The result does not
 * depend on the number of threads. One product at a time.
 */
export async function createMultiplier(
  engine: Pick<Engine, 'module' | 'createTeam'>,
  threads: number,
): Promise<Multiplier> {
  const owner = 'multiplier';
  const x = persistentBuffer(owner, mostRows * innerSizes.at(-1)! * 4);
  const w = persistentBuffer(owner, innerSizes.at(-1)! * columnSizes.at(-1)! * 4);
  const y = persistentBuffer(owner, mostRows * columnSizes.at(-1)! * 4);
  const bias = persistentBuffer(owner, columnSizes.at(-1)! * 4);
  const calls: Record<BlockName, KernelCall[]> = {};
  for (const D of innerSizes) for (const K of columnSizes) calls[`${D} × ${K}`] = blockCalls(D, K, { x, w, y, bias });
  const executable = await createExecutable(engine, threads, { calls, kept: [x, w, y], scratchBytes: 0 });

  const multiply = async (a: Matrix, b: Matrix): Promise<Matrix> => {
    const { rows } = a;
    const { columns } = b;
    const values = new Float64Array(rows * columns);
    for (const { from, length: depth, size: inner } of cut(a.columns, innerSizes)) {
      for (let row = 0; row < rows; row += mostRows) {
        const count = Math.min(mostRows, rows - row);
        const left = executable.floats(x).subarray(0, count * inner);
        if (depth < inner) left.fill(0);
        for (let i = 0; i < count; i++) {
          const start = (row + i) * a.columns + from;
          left.set(a.values.subarray(start, start + depth), i * inner);
        }
        for (const { from: column, length: width, size } of cut(columns, columnSizes)) {
          const right = executable
            .floats(w)
            .subarray(0, inner * size)
            .fill(0);
          for (let d = 0; d < depth; d++) {
            const start = (from + d) * columns + column;
            right.set(b.values.subarray(start, start + width), d * size);
          }
          // Four rows at a time is the kernel's fast path; what the rows past the end give is not read.
          await executable.run([{ program: `${inner} × ${size}`, count: Math.ceil(count / 4) * 4 }]);
          const out = executable.floats(y);
          for (let i = 0; i < count; i++) {
            const to = (row + i) * columns + column;
            for (let j = 0; j < width; j++) values[to + j]! += out[i * size + j]!;
          }
        }
      }
    }
    return { rows, columns, values };
  };
  return { multiply, close: () => executable.close() };
}

/** x [N, D] · w [D, K] = y [N, K], N a multiple of four. */
function blockCalls(D: number, K: number, { x, w, y, bias }: Record<'x' | 'w' | 'y' | 'bias', Buffer>): KernelCall[] {
  const owner = 'multiplier';
  const units = Math.ceil(K / 8);
  const panels = transientBuffer(owner, units * D * 8 * 4);
  const noEpilogue = { relu: false, mask: noAddress, scale: float(1), maskBytes: 0 };
  return [
    kernelCall(owner, 'packColumns', { w, panels, D, K }, { units, chunkSize: 1 }),
    kernelCall(owner, 'denseForward', { x, panels, bias, y, D, K, ...noEpilogue }, { units, chunkSize: 1 }),
  ];
}

interface Piece {
  readonly from: number;
  readonly length: number;
  /** The size of its block, which may be a little larger than the piece. */
  readonly size: number;
}

/** Cuts an extent into pieces that fill most of a block. */
function cut(extent: number, sizes: readonly number[]): Piece[] {
  const pieces: Piece[] = [];
  for (let from = 0; from < extent; ) {
    const left = extent - from;
    const size = sizes.findLast((one) => left >= 0.7 * one) ?? sizes[0]!;
    const length = Math.min(size, left);
    pieces.push({ from, length, size });
    from += length;
  }
  return pieces;
}
