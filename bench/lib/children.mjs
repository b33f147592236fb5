import { spawn } from 'node:child_process';

/**
 * Runs a fresh process that ends with a line of JSON on standard output.
 *
 * @param {string[]} command
 * @param {{ onSpawn?: (child: import('node:child_process').ChildProcess) => void, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<{ answer: any, seconds: number }>} the JSON, and how long the whole process took
 */
export function runProcess([program, ...args], { onSpawn, env } = {}) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    let output = '';
    let complaint = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      complaint = (complaint + chunk).slice(-4000);
    });
    onSpawn?.(child);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const seconds = (performance.now() - began) / 1000;
      const line = output
        .trimEnd()
        .split('\n')
        .findLast((text) => text.startsWith('{'));
      if (code === 0 && line) return resolve({ answer: JSON.parse(line), seconds });
      const said = complaint.trim().split('\n');
      // The line that names the error: Python's is the last one, Node's is followed by a stack and its version.
      const named = said.findLast((text) => /^\w*(Error|Exception)\b/.test(text)) ?? said.at(-1);
      const reason = named || `it ended with ${signal ?? `status ${code}`}`;
      reject(new Error(reason, { cause: complaint }));
    });
  });
}
