import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (file) => fileURLToPath(new URL(file, import.meta.url));

/** Peers in Python, by the script that measures them; each Python that is given may have its own version. */
const python = { torch: 'torch_peer.py', keras: 'keras_peer.py', jax: 'jax_peer.py' };

/** Peers in JavaScript, and the package that must be installed in the folder given by --peers. */
const javascript = {
  tfjs: { script: 'tfjs.mjs', installed: '@tensorflow/tfjs' },
  onnxruntime: { script: 'onnxruntime.mjs', installed: 'onnxruntime-node' },
  'jax-js': { script: 'jaxJs.mjs', installed: '@jax-js/jax' },
};

/**
 * The ways to start the peers that were asked for.
 *
 * @param {readonly string[]} names
 * @param {{ pythons: readonly string[], peers: string | undefined }} options
 * @returns commands, and a sentence for each peer that cannot be started
 */
export function findPeers(names, { pythons, peers }) {
  const found = [];
  const skipped = [];
  for (const name of names) {
    if (name in python) {
      found.push(...pythons.map((program) => ({ key: name, command: [program, here(python[name])] })));
    } else if (name in javascript) {
      const { script, installed } = javascript[name];
      if (peers === undefined) skipped.push(`${name}: name the folder where npm installed ${installed} with --peers`);
      else if (!existsSync(join(peers, 'node_modules', installed))) {
        skipped.push(`${name}: ${installed} is not in ${join(peers, 'node_modules')}`);
      } else {
        found.push({ key: name, command: [process.execPath, here(script)], env: { SELVEDGE_PEERS: peers } });
      }
    } else {
      throw new Error(`Peers are ${[...Object.keys(python), ...Object.keys(javascript)].join(', ')}; not '${name}'.`);
    }
  }
  return { found, skipped };
}
