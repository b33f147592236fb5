import type { Command } from 'commander';

/** Gives a command, and those below it, our way of saying what is wrong with a command line. */
export function adoptUsage(command: Command, path = command.name()): void {
  command
    .configureOutput({ outputError: (text, write) => write(`selvedge: ${sentence(text)}\n`) })
    .showHelpAfterError(`(${path} --help shows what can be asked)`);
  for (const below of command.commands) adoptUsage(below, `${path} ${below.name()}`);
}

/** The command line's parser's complaint as one sentence. An option's own parser says what the value should be. */
function sentence(complaint: string): string {
  const text = complaint
    .trim()
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean/, ' (did you mean');
  const value = /^option '(?:-\w, )?(--[\w-]+)[^']*' argument '(.*)' is invalid\. (.*)$/s.exec(text);
  if (value) return `${value[1]} is '${value[2]}', but should be ${value[3]}`;
  const words = text
    .replace(/^option '(?:-\w, )?(--[\w-]+)[^']*' argument missing$/, '$1 lacks its value')
    .replace(
      /(too many arguments for '\w+')\. Expected (\d+) arguments? but got (\d+)\.?/,
      '$1, expected $2 but got $3',
    )
    .replace(/[.?]$/, '');
  return `${words}.`;
}
