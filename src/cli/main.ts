#!/usr/bin/env node

/** Runs the command. What goes wrong is a line for a person, not a stack, also when the addon does not load. */
async function main(): Promise<void> {
  const { program } = require('./program') as typeof import('./program');
  await program(process.argv.slice(2)).parseAsync();
}

main().catch((error: unknown) => {
  process.stderr.write(
    `realfork: ${error instanceof Error ? error.message.replace(/^realfork: /, '') : String(error)}\n`,
  );
  process.exitCode = 1;
});
