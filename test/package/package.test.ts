import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { lastLine, root, start, subset, temporaryFolder } from '../cli/selvedge.ts';
import { requireOrSkip } from '../require.ts';

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

const folder = temporaryFolder(afterAll);
/** Without the variables that npm sets for this package's scripts: they would affect the npm that installs it elsewhere. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(npm_(package|lifecycle|config_local_prefix)|INIT_CWD$)/.test(name),
  ),
);

const [packed] = JSON.parse(
  execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: root,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }),
) as [Packed];

describe('the tarball', () => {
  const paths = packed.files.map(({ path }) => path);

  it('weighs less than 2.5 MB, most of it the pretrained backbone', () => {
    expect(packed.size).toBeLessThan(2_500_000);
  });

  it('holds the built program, and no test, fixture, source map, source or leftover', () => {
    for (const needed of [
      'LICENSE',
      'package.json',
      'bin/selvedge.mjs',
      'dist/kernels.wasm',
      'backbones/efficientnet-lite0.safetensors',
      'backbones/LICENSE',
      'dist/node/cli/main.js',
      'dist/node/index.d.ts',
      'dist/node/catalogue/database/migrations/0001_catalogue.sql',
    ]) {
      expect(paths).toContain(needed);
    }
    const expected =
      /^(LICENSE|(README|CHANGELOG)\.md|recipes\/\w+\.yaml|backbones\/(LICENSE|README\.md|[\w-]+\.safetensors)|package\.json|bin\/selvedge\.mjs|docs\/.+|dist\/kernels\.wasm|dist\/(core|node|views|web)\/[\w/]+\.(js|d\.ts)|dist\/node\/catalogue\/database\/migrations\/\w+\.sql)$/;
    expect(paths.filter((path) => !expected.test(path) || path.includes('.test.'))).toEqual([]);
  });

  it('has a source for every file of code, so that nothing stayed from an older build', () => {
    const sources = paths
      .filter((path) => /^dist\/.*\.js$/.test(path))
      .map((path) => path.replace('dist/', 'src/').replace(/\.js$/, '.ts'));
    expect(sources.filter((source) => !existsSync(join(root, source)))).toEqual([]);
    expect(sources.length).toBeGreaterThan(50);
  });
});

describe('installed from the tarball in an empty folder', async () => {
  const home = join(folder, 'installed');
  const unreachable = await install(home);
  const needsInstallation = (context: TestContext) =>
    requireOrSkip(context, unreachable === undefined, unreachable ?? '');

  it('npx selvedge --help works', async (context) => {
    needsInstallation(context);
    const { status, stdout, stderr } = await start('npx', ['selvedge', '--help'], { cwd: home, env }).ended;
    expect(status, stderr).toBe(0);
    expect(stdout).toContain('Usage: selvedge');
  });

  it('a short training on two worker threads works', async (context) => {
    needsInstallation(context);
    const words = ['selvedge', 'train', '--data', subset, '--epochs', '1', '--threads', '2', '--json'];
    const { status, stdout, stderr } = await start('npx', words, { cwd: home, env }).ended;
    expect(status, stderr).toBe(0);
    const record = JSON.parse(lastLine(stdout));
    expect(record).toMatchObject({ parameters: 421_642, epochs: 1, engine: { threads: 2 } });
    expect(existsSync(join(record.run, 'index.html'))).toBe(true);
  });

  it.for([
    ['node16', 'node16'],
    ['esnext', 'bundler'],
  ] as const)('types check strictly, declarations included, as module %s, resolution %s', async (kind, context) => {
    needsInstallation(context);
    const [module, moduleResolution] = kind;
    const consumer = join(home, moduleResolution);
    mkdirSync(consumer);
    writeFileSync(join(consumer, 'use.ts'), program);
    const compilerOptions = {
      ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true, target: 'es2022' },
      ...{ module, moduleResolution, types: ['node'], typeRoots: [join(root, 'node_modules/@types')] },
    };
    writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['use.ts'] }));
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = await start(process.execPath, [compiler, '-p', consumer]).ended;
    expect(stdout).toBe('');
  });

  it('the library trains and classifies', async (context) => {
    needsInstallation(context);
    const script = join(home, 'use.mjs');
    writeFileSync(
      script,
      `import { classify, loadDataset, train } from 'selvedge';
const data = await loadDataset({ folder: ${JSON.stringify(subset)} });
const { model } = await train(data, { epochs: 1, limit: 60 });
const pixels = data.test.images.slice(0, 28 * 28);
const [answer] = await classify(model, [{ pixels, height: 28, width: 28, channels: 1 }]);
console.log(answer.length);\n`,
    );
    const { status, stdout, stderr } = await start(process.execPath, [script], { cwd: home }).ended;
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '3\n', stderr: '' });
  });
});

const program = `import { loadDataset, saveModel, SelvedgeError, train, type Evaluation, type Model, evaluate } from 'selvedge';

const data = await loadDataset({ folder: 'x' });
const stop = new AbortController();
const { model, status } = await train(data, {
  epochs: 1,
  signal: stop.signal,
  onStep: ({ epoch, loss }) => console.log(epoch.toFixed(), loss.toFixed(3)),
});
const kept: Model = model;
const scores: Evaluation = await evaluate(kept, data.test, { threads: 2 });
const ended: 'finished' | 'stopped' = status;
// @ts-expect-error an option of the wrong type is refused
await train(data, { epochs: '1' });
// @ts-expect-error an unknown option is refused
await train(data, { epoch: 1 });
await saveModel(kept, 'model.safetensors').catch((error: unknown) => {
  if (error instanceof SelvedgeError && error.code === 'cannot-write') console.log(error.message, scores.accuracy, ended);
});
export {};
`;

/** Installs the tarball. Returns the reason where neither npm's cache nor its registry has the dependencies. */
async function install(home: string): Promise<string | undefined> {
  mkdirSync(home);
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--fetch-retries=0', '--fetch-timeout=30000'];
  const { status, stderr } = await start('npm', ['install', ...options, join(folder, packed.filename)], {
    cwd: home,
    env,
  }).ended;
  if (status === 0) return undefined;
  const code = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED)\b/.exec(
    stderr,
  );
  if (!code) throw new Error(stderr);
  return `the registry cannot be reached (${code[1]}) and npm's cache lacks the dependencies`;
}
