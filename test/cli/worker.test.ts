import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { workerCommand } from '../../src/node/cli/commands/worker.ts';
import { expectOneSentence, root, selvedge, subset, temporaryFolder } from './selvedge.ts';

it.each([
  [
    'a folder, which one process has',
    ['worker', '--store', 'shop'],
    /^selvedge: The catalogue in shop is a folder, which one process has at a time: selvedge catalogue import/,
  ],
  ['no database', ['worker'], /^selvedge: Say where the catalogue is: --store DIR for a folder, or --database ADDRESS/],
  [
    'other jobs',
    ['worker', '--database', 'postgres://127.0.0.1:1/none', '--jobs', 'sweeps'],
    /^selvedge: --jobs is 'sweeps', but should be one of catalogue, sweep, all\.$/m,
  ],
  [
    'a file without an address',
    ['worker', '--database-file', join(import.meta.dirname, 'worker.test.ts')],
    /^selvedge: The database's address should have the form postgres:/,
  ],
])('selvedge worker with %s is refused in a sentence', async (_, args, sentence) => {
  const { SELVEDGE_DATABASE: _database, ...env } = process.env;
  expectOneSentence(await selvedge(args, { env }), sentence);
});

it('neither a password nor a user is in the sentence about a server that cannot be reached', async () => {
  const outcome = await selvedge(['worker', '--database', 'postgres://shop:secret@127.0.0.1:1/products']);
  expectOneSentence(
    outcome,
    /^selvedge: The database at 127\.0\.0\.1:1\/products cannot be used: connect ECONNREFUSED/,
  );
  expect(outcome.stderr).not.toMatch(/secret|shop/);
});

it.each([
  [
    '--threads',
    ['--database', 'postgres://127.0.0.1:1/x', '--threads', '2'],
    /Workers decide on their threads themselves/,
  ],
  ['another address', ['--database', 'mysql://127.0.0.1/x'], /should have the form postgres:/],
])('selvedge sweep with workers and %s is refused before anything is written', async (_, options, sentence) => {
  const folder = temporaryFolder();
  const file = join(folder, 'space.yaml');
  const sweep = { settings: { validation: 20 }, parameters: { learningRate: [0.01, 0.02] } };
  writeFileSync(file, JSON.stringify(sweep));
  const out = join(folder, 'sweep');
  expectOneSentence(await selvedge(['sweep', file, '--data', subset, '--out', out, ...options]), sentence);
  expect(existsSync(out)).toBe(false);
});

it('the workers of the Kubernetes manifest: known options, the address from a secret, no root, no writable root', () => {
  const [deployment] = parseAllDocuments(readFileSync(join(root, 'deploy/kubernetes/worker.yaml'), 'utf8'));
  const { spec } = deployment!.toJS().spec.template;
  const [{ command, args, volumeMounts, securityContext, resources }] = spec.containers;
  expect(command).toEqual(['node', 'dist/node/cli/main.js', 'worker']);
  const known = workerCommand().options.map(({ long }) => long);
  const given = args.filter((word: string) => word.startsWith('--'));
  expect(known).toEqual(expect.arrayContaining(given));
  const file = args[args.indexOf('--database-file') + 1];
  const mount = volumeMounts.find(({ mountPath }: { mountPath: string }) => mountPath === dirname(file));
  const volume = spec.volumes.find(({ name }: { name: string }) => name === mount.name);
  expect(volume.secret.secretName).toBe('selvedge-database');
  expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
  expect(securityContext).toMatchObject({ readOnlyRootFilesystem: true, allowPrivilegeEscalation: false });
  expect(resources.limits).toMatchObject({ memory: '2Gi' });
});
