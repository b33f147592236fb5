import type { MessagePort } from 'node:worker_threads';
import { createInlineTeam } from '../../core/engine/team.ts';
import type { EngineModule } from '../../core/engine/wasm.ts';
import { buildNetwork } from '../../core/graph/graph.ts';
import type { LayerSpec } from '../../core/graph/spec.ts';
import { type PieceInputs, type PieceName, piecesHere } from '../../core/inspection/tasks.ts';

/** A subject as it is sent to a thread, with a piece of its inspection. */
export interface SentPiece {
  readonly spec: readonly LayerSpec[];
  readonly parameters: Float32Array;
  readonly untrained: Float32Array;
  readonly module: EngineModule;
  readonly wasmSha256: string;
  readonly name: PieceName;
  readonly input: PieceInputs[PieceName];
  /** Where progress is told: a share, and what is being done. */
  readonly port: MessagePort;
}

/** Runs in the pool of threads that `inspectOnThreads` keeps: kernels and all in this one thread. */
export async function doPiece({ spec, module, wasmSha256, name, input, port, ...weights }: SentPiece) {
  const engine = { module, createTeam: createInlineTeam, wasmSha256 };
  const subject = { ...weights, network: buildNetwork(spec), engine, threads: 1 };
  try {
    return await piecesHere(subject)(name, input, (share, doing) => port.postMessage([share, doing]));
  } finally {
    port.close();
  }
}
