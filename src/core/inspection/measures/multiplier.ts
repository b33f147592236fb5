import { makePlan, type ParameterPlaces } from '../../compile/plan.ts';
import { createArena } from '../../engine/arena.ts';
import type { Program } from '../../engine/program.ts';
import { type Engine, startTeam } from '../../engine/start.ts';
import { buildNetwork } from '../../graph/graph.ts';
import type { Matrix, Multiply } from './matrix.ts';

/** Products are cut into blocks of so many inner dimensions, columns and rows; smaller blocks take what is left over. */
const innerSizes = [16, 128, 512, 1024] as const;
const columnSizes = [16, 128, 512] as const;
const mostRows = 4096;

/** The engine's dense layer as a matrix multiplier. */
export interface Multiplier {
  readonly multiply: Multiply;
  close(): Promise<void>;
}

/**
 * A · B by the engine's dense layer: float32 within 1,024 inner dimensions, float64 from there on. The result does not
 * depend on the number of threads. One product at a time.
 */
export async function createMultiplier(
  engine: Pick<Engine, 'module' | 'createTeam'>,
  threads: number,
): Promise<Multiplier> {
  const arena = createArena(1024);
  const programs: Program[] = [];
  let scratchBytes = 0;
  const x = arena.allocate(mostRows * innerSizes.at(-1)! * 4);
  const y = arena.allocate(mostRows * columnSizes.at(-1)! * 4);
  const blocks = innerSizes.map((inner) =>
    columnSizes.map((columns) => {
      const network = buildNetwork([
        { type: 'input', shape: [inner] },
        { type: 'dense', units: columns },
      ]);
      const kernel = arena.allocate(network.parameterCount * 4);
      const places: ParameterPlaces = {
        ...{ values: kernel, gradients: 0, samples: 0, randomContext: 0 },
        ...{ derived: new Map(), derivations: [] },
      };
      // All blocks share one place for what goes in and one for what comes out.
      const addresses = [x, y];
      const shared = { ...arena, allocate: (bytes: number) => addresses.shift() ?? arena.allocate(bytes) };
      const plan = makePlan(network, places, shared, { training: false, microBatch: mostRows });
      scratchBytes = Math.max(scratchBytes, plan.scratchBytes);
      const pack = programs.push(places.derivations) - 1;
      return { kernel, pack, run: programs.push(plan.forward) - 1 };
    }),
  );
  const { buffer, team } = await startTeam(engine, { arena, programs, threads, scratchBytes });

  const floats = (address: number, length: number) => new Float32Array(buffer, address, length);

  const multiply = async (a: Matrix, b: Matrix): Promise<Matrix> => {
    const { rows } = a;
    const { columns } = b;
    const values = new Float64Array(rows * columns);
    for (const { from, length: depth, size: inner, which } of cut(a.columns, innerSizes)) {
      for (let row = 0; row < rows; row += mostRows) {
        const count = Math.min(mostRows, rows - row);
        const left = floats(x, count * inner);
        if (depth < inner) left.fill(0);
        for (let i = 0; i < count; i++) {
          const start = (row + i) * a.columns + from;
          left.set(a.values.subarray(start, start + depth), i * inner);
        }
        for (const { from: column, length: width, size, which: other } of cut(columns, columnSizes)) {
          const block = blocks[which]![other]!;
          const right = floats(block.kernel, inner * size).fill(0);
          for (let d = 0; d < depth; d++) {
            const start = (from + d) * columns + column;
            right.set(b.values.subarray(start, start + width), d * size);
          }
          // Four rows at a time is the kernel's fast path; what the rows past the end give is not read.
          const padded = Math.ceil(count / 4) * 4;
          await team.run([
            { program: block.pack, offset: 0, count: 1 },
            { program: block.run, offset: 0, count: padded },
          ]);
          const out = floats(y, count * size);
          for (let i = 0; i < count; i++) {
            const to = (row + i) * columns + column;
            for (let j = 0; j < width; j++) values[to + j]! += out[i * size + j]!;
          }
        }
      }
    }
    return { rows, columns, values };
  };
  return { multiply, close: () => team.close() };
}

interface Piece {
  readonly from: number;
  readonly length: number;
  /** Its block, which may be a little larger than the piece, and that block's place among the sizes. */
  readonly size: number;
  readonly which: number;
}

/** Cuts an extent into pieces that fill most of a block. */
function cut(extent: number, sizes: readonly number[]): Piece[] {
  const pieces: Piece[] = [];
  for (let from = 0; from < extent; ) {
    const left = extent - from;
    const which = Math.max(
      0,
      sizes.findLastIndex((size) => left >= 0.7 * size),
    );
    const size = sizes[which]!;
    const length = Math.min(size, left);
    pieces.push({ from, length, size, which });
    from += length;
  }
  return pieces;
}
