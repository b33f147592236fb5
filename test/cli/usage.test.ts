import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/node/cli/commands.ts';
import { requireOrSkip } from '../require.ts';
import { expectOneSentence, program, root, selvedge, short, start, succeed, temporaryFolder } from './selvedge.ts';

describe('help', () => {
  it.each([
    [['--help'], ['train', 'evaluate', 'predict', 'data', 'Examples:', 'Exit status:']],
    [['help'], ['Examples:']],
    [
      ['train', '--help'],
      ['--network', '--epochs', '--batch-size', '--learning-rate', '--seed', 'Examples:'],
    ],
    [
      ['help', 'train'],
      ['--limit', '--validation', '--threads', '--data', '--out', '--json', 'Ctrl-C'],
    ],
    [
      ['evaluate', '--help'],
      ['<model>', '--out', '--json', 'Examples:'],
    ],
    [
      ['predict', '--help'],
      ['<images...>', '--csv', '--show', 'Examples:'],
    ],
    [
      ['data', '--help'],
      ['preview', 'Examples:'],
    ],
    [['data', 'preview', '--help'], ['--out']],
  ])('%j', async (args, words) => {
    const { stdout, stderr } = await succeed(args);
    expect(stderr).toBe('');
    for (const word of words) expect(stdout).toContain(word);
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(150);
  });

  it.each(Object.entries(commands))(
    'of %s begins as the list of commands has it',
    async (name, { usage, description }) => {
      const { stdout } = await succeed([name, '--help']);
      expect(stdout.startsWith(`Usage: selvedge ${name} ${usage}\n\n`)).toBe(true);
      expect(stdout.replaceAll(/\s+/g, ' ')).toContain(` ${description} `);
    },
  );

  it('is on standard error, with status 1, without a command', async () => {
    const { status, stdout, stderr } = await selvedge([]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^Usage: selvedge/);
  });

  it("--version is the package's", async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect((await succeed(['--version'])).stdout).toBe(`${version}\n`);
  });
});

it.each([
  [['tran'], "unknown command 'tran' (did you mean train?).", 'selvedge'],
  [['--fast'], "unknown option '--fast'.", 'selvedge'],
  [['evaluate'], "missing required argument 'model'.", 'selvedge evaluate'],
  [['predict', 'run'], "missing required argument 'images'.", 'selvedge predict'],
  [
    ['evaluate', 'run', '--threads', 'all'],
    "--threads is 'all', but should be a whole number from 1 to 256.",
    'selvedge evaluate',
  ],
  [['data', 'preview', '--out'], '--out lacks its value.', 'selvedge data preview'],
])('%j is reported in a sentence, with the command that helps', async (args, message, path) => {
  const outcome = await selvedge(args);
  expectOneSentence(outcome, /./);
  expect(outcome.stderr).toBe(`selvedge: ${message}\n(${path} --help shows the options)\n`);
});

describe('on a terminal', () => {
  it('training draws a live line with all there is to know, no wider than the terminal', async (context) => {
    const isThere = spawnSync('script', ['--version']).status === 0;
    requireOrSkip(context, isThere, "util-linux's script, which lends a terminal, is not installed");
    const run = join(temporaryFolder(), 'run');
    const words = [
      process.execPath,
      program,
      'train',
      ...short.slice(0, 2),
      '--epochs',
      '4',
      '--batch-size',
      '50',
      '--out',
      run,
    ];
    const line = `stty cols 80 rows 24; ${words.map((word) => `'${word}'`).join(' ')}`;
    const { status, stdout } = await start('script', ['-qec', line, '/dev/null']).ended;
    expect(status).toBe(0);
    const drawn = stdout
      .replaceAll('\r\u001b[2K', '\n')
      .split(/\r?\n/)
      .filter((text) => text.includes('images/s'));
    expect(drawn.length).toBeGreaterThan(2);
    for (const text of drawn) {
      expect(text.length).toBeLessThan(80);
      expect(text).toMatch(
        /epoch \d\/4 step \d\/8 {2}loss \d\.\d{3} {2}accuracy [\d.]+\s% .*[\d,]+ images\/s {2}\d+ s left/,
      );
    }
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(`report             ${join(run, 'index.html')}`);
  });
});
