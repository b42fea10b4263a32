import { Command } from 'commander';
import { forkCommand } from './fork/command';

/** `npm run bench -- <name>`: one directory per benchmark. */
new Command('bench')
  .description('Benchmarks of realfork')
  .addCommand(forkCommand())
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
