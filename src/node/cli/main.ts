#!/usr/bin/env node
import { Command } from 'commander';
import { version } from '../version.ts';
import { commands } from './commands.ts';
import { formatUsageErrors, reportError, watchProcess } from './errors.ts';

const program = new Command('selvedge')
  .description('Train, inspect and serve clothing-image classifiers.')
  .version(version)
  .configureHelp({ subcommandTerm: (command) => `${command.name()} ${command.usage()}` })
  .addHelpText(
    'after',
    `
Examples:
  selvedge train --limit 6000 --epochs 2 --out runs/first     a short training, in seconds
  selvedge train                                              the reference job: 60,000 images, 5 epochs
  selvedge evaluate runs/first                                scores per class, confusion matrix
  selvedge predict runs/first photo.jpg                       classify a photo
  selvedge inspect runs/first                                 feature maps, measures and attributions, layer by layer

selvedge <command> --help shows the options and examples.
Exit status: 0 success, 1 error, 70 a bug in selvedge, 130 stopped by Ctrl-C.`,
  );
const requested = process.argv.slice(2).find((word) => Object.hasOwn(commands, word));
for (const [name, { usage, description, load }] of Object.entries(commands)) {
  const command = name === requested ? await load() : new Command(name).usage(usage);
  program.addCommand(command.description(description));
}
formatUsageErrors(program);
watchProcess();

process.exitCode = await program.parseAsync().then(
  () => process.exitCode ?? 0,
  (error: unknown) => reportError(error),
);
