import { noAddress } from '/dist/core/engine/buffers.js';
import { startTeam } from '/dist/core/engine/start.js';
import { webEngine } from '/dist/web/engine.js';

const job = (program) => ({ program, offset: 0, count: 1 });
const step = (kernel, address) => ({ kernel, owner: 'test', args: [address], units: 64, chunkSize: 1, offsets: [] });

/** What a promise is rejected with, in words. */
async function rejection(promise) {
  return promise.then(
    () => 'nothing',
    (error) => `${error.code}: ${error.message}${error.cause instanceof Error ? ' (with its cause)' : ''}`,
  );
}

async function teamOf(threads, engine) {
  const address = 1024;
  const fine = Array.from({ length: 5000 }, () => step('zeroFill', address));
  const programs = [fine, [step('noSuchKernel', address)], [step('zeroFill', 2 ** 31)]];
  const { team } = await startTeam(engine, {
    plan: { programs, bytes: 2048, largest: noAddress },
    threads,
    scratchBytes: 0,
  });
  return team;
}

/** Makes the first Web Worker of those started meanwhile run another script. */
async function withFirstWorker(script, during) {
  const { Worker } = globalThis;
  let first = true;
  globalThis.Worker = class extends Worker {
    constructor(url, options) {
      super(first ? script : url, options);
      first = false;
    }
  };
  try {
    return await during();
  } finally {
    globalThis.Worker = Worker;
  }
}

/** What can go wrong with teams of so many threads, and what their caller gets to know of it. */
export async function failures({ teams }) {
  const engine = await webEngine();
  const said = [];
  for (const threads of teams) said.push(await failuresOfTeam(threads, engine));
  const noKernels = await rejection(webEngine('/dist/nowhere.wasm'));
  const noWasm = await rejection(webEngine('/dist/web/engine.js'));
  return { teams: said, noKernels, noWasm };
}

async function failuresOfTeam(threads, engine) {
  const make = () => teamOf(threads, engine);
  const said = {};

  const failing = await make();
  await failing.run([job(0)]);
  said.unknownKernel = await rejection(failing.run([job(0), job(1), job(0)]));
  said.runAfterFailure = await rejection(failing.run([job(0)]));
  await failing.close();

  const trapping = await make();
  said.trap = await rejection(trapping.run([job(0), job(2), job(0)]));

  const closing = await make();
  const running = rejection(closing.run([job(0), job(0)]));
  await closing.close();
  said.closeDuringRun = await running;
  said.runAfterClose = await rejection(closing.run([job(0)]));

  const dying = await withFirstWorker('/test/dyingWorker.js', make);
  said.death = await rejection(dying.run([job(0)]));
  said.noWorker = await withFirstWorker('/test/noWorker.js', () => rejection(make()));
  return said;
}
