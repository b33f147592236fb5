import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withFolder } from '../verify/selvedge.mjs';
import { createClient } from './client.mjs';
import { placeModel, startService } from './processes.mjs';
import { classifyBytes } from './speed.mjs';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Clients that send one request after the other until they are stopped, or until nothing listens. */
function keepAsking(port, clients, check = () => undefined) {
  const client = createClient(port, clients);
  const tally = { answered: 0, lost: [] };
  let stopped = false;
  const one = async () => {
    while (!stopped) {
      const { status, head, reused, body } = await client.ask(classifyBytes);
      if (status === 200) {
        tally.answered++;
        const wrong = check(head, body);
        if (wrong) tally.lost.push(wrong);
      } else if (status !== 0) tally.lost.push(`status ${status}`);
      // A connection that was never accepted is refused or reset: nothing of its request was read.
      else if (!reused && (head === 'ECONNREFUSED' || head === 'ECONNRESET')) return;
      else tally.lost.push(`${head}, on a connection that was ${reused ? '' : 'not '}used before`);
    }
  };
  const done = Promise.all(Array.from({ length: clients }, one));
  return {
    tally,
    async stop() {
      stopped = true;
      await done;
      client.close();
    },
  };
}

/** SIGTERM under load. */
export const serveShutdown = {
  promise: 'SIGTERM under load, 20 times: no request whose headers were read is lost, and it exits with 0',
  measure: ({ quick }) =>
    withFolder(async (folder) => {
      placeModel(folder, 'shop', '1');
      const times = quick ? 2 : 20;
      const problems = [];
      let answered = 0;
      for (let n = 0; n < times; n++) {
        const service = await startService(folder);
        const load = keepAsking(service.port, 32);
        await pause(300 + 20 * n);
        const { status, signal, last } = await service.stop();
        await load.stop();
        answered += load.tally.answered;
        const { received, answered: done } = JSON.parse(last);
        if (status !== 0) problems.push(`no. ${n}: ended with ${status ?? signal}`);
        if (received !== done || received !== load.tally.answered) {
          problems.push(`no. ${n}: ${received} received, ${done} answered, ${load.tally.answered} arrived`);
        }
        problems.push(...load.tally.lost.map((what) => `no. ${n}: ${what}`));
      }
      return {
        figure: `${times} times, ${answered} requests, ${problems.length} problems`,
        passes: problems.length === 0 && answered > 0,
        details: problems.slice(0, 10),
      };
    }),
};

/** New versions under load, broken ones between them. */
export const serveSwap = {
  promise: 'model swap under load, 20 times: no failed request, and every response names the version that answered',
  measure: ({ quick }) =>
    withFolder(async (folder) => {
      const times = quick ? 2 : 20;
      placeModel(folder, 'shop', '1', 1);
      const service = await startService(folder);
      const bitsOf = new Map();
      const check = (head, body) => {
        const version = /x-model-version: (\S+)/i.exec(head)?.[1];
        const { model, pictures } = JSON.parse(body);
        if (version === undefined || model.version !== version) return 'a response that does not name its version';
        const bits = JSON.stringify(pictures);
        if (bitsOf.has(version) && bitsOf.get(version) !== bits) return `version ${version} answered other bits`;
        bitsOf.set(version, bits);
        return undefined;
      };
      const load = keepAsking(service.port, 16, check);
      for (let version = 2; version <= times + 1; version++) {
        if (version % 5 === 0) {
          mkdirSync(join(folder, 'shop', `${version}-broken`), { recursive: true });
          writeFileSync(join(folder, 'shop', `${version}-broken`, 'model.safetensors'), 'broken');
        }
        placeModel(folder, 'shop', String(version), version);
        while (!bitsOf.has(String(version))) await pause(50);
      }
      await load.stop();
      const { status } = await service.stop();
      const { answered, lost } = load.tally;
      return {
        figure: `${times} swaps, ${answered} requests, ${lost.length} failed, ${bitsOf.size} versions answered`,
        passes: lost.length === 0 && bitsOf.size === times + 1 && status === 0,
        details: lost.slice(0, 10),
      };
    }),
};
