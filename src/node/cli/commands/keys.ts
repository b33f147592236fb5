import { chmod, stat } from 'node:fs/promises';
import { Command } from 'commander';
import { SelvedgeError } from '../../../core/errors.ts';
import { writeFileWhole } from '../../runs/writeWhole.ts';
import { keyName, makeKey, readKeys, type StoredKey, writeKeys } from '../../server/http/keys.ts';
import { type Role, roles } from '../../server/http/roles.ts';
import { positiveOption, wordOption } from '../options.ts';
import type { Streams } from '../progress.ts';

const defaultFile = 'selvedge-keys.json';
const defaultRate = 100;

/** `selvedge keys add|list|remove`. */
export function keysCommand({ stdout, stderr }: Streams = process): Command {
  const command = new Command('keys');
  command
    .command('add')
    .description('create a key and show it, only now; the file holds a hash of it')
    .argument('<name>', "the key's name; logs show it, so don't use a secret")
    .option('--file <file>', 'the file of keys; created if absent', defaultFile)
    .option('--rate <n>', 'requests per second that the key may make', positiveOption, defaultRate)
    .option(
      '--role <role>',
      'what it may do in a catalogue: read, review (and read), admin (all)',
      wordOption(roles),
      'read',
    )
    .addHelpText(
      'after',
      `
Examples:
  selvedge keys add shop --file keys.json
  selvedge keys add anna --role review --file keys.json

A running service reads changes of its file within a second or two.`,
    )
    .action(async (name: string, { file, rate, role }: { file: string; rate: number; role: Role }) => {
      if (!keyName.test(name)) {
        throw new SelvedgeError(
          'bad-option',
          `A key cannot be called ${JSON.stringify(name)}: use 1 to 64 letters, digits, '.', '_', '-', '@'.`,
        );
      }
      const keys = await keysIn(file);
      if (keys.some((key) => key.name === name)) {
        throw new SelvedgeError(
          'bad-option',
          `${file} already has a key called ${name}; choose another name, or remove it first.`,
        );
      }
      const { stored, key } = makeKey(name, rate, new Date(), role);
      await save(file, [...keys, stored]);
      stdout.write(`${key}\n`);
      // To standard error, so that KEY=$(selvedge keys add …) holds the key alone.
      stderr.write(`This is the key '${name}'. It is shown only now; ${file} holds a hash of it.\n`);
    });
  command
    .command('list')
    .description('list the keys by name')
    .option('--file <file>', 'the file of keys', defaultFile)
    .action(async ({ file }: { file: string }) => {
      for (const { name, rate, role, created } of await readKeys(file))
        stdout.write(`${name}\t${rate} a second\t${role}\tsince ${created}\n`);
    });
  command
    .command('remove')
    .description('remove a key')
    .argument('<name>', "the key's name")
    .option('--file <file>', 'the file of keys', defaultFile)
    .action(async (name: string, { file }: { file: string }) => {
      const keys = await readKeys(file);
      const left = keys.filter((key) => key.name !== name);
      if (left.length === keys.length) {
        throw new SelvedgeError('bad-option', `${file} has no key called ${name}; selvedge keys list shows its keys.`);
      }
      await save(file, left);
      stdout.write(`The key '${name}' is removed.\n`);
    });
  return command;
}

async function keysIn(file: string): Promise<StoredKey[]> {
  const found = await stat(file).catch(() => undefined);
  return found ? readKeys(file) : [];
}

async function save(file: string, keys: readonly StoredKey[]): Promise<void> {
  await writeFileWhole(file, writeKeys(keys));
  await chmod(file, 0o600);
}
