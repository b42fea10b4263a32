#!/usr/bin/env node
import { Command } from 'commander';
import { version } from '../version';
import { eintrCommand } from './eintr';
import { serveCommand } from './serve';

/** The command `realfork`: one file per subcommand. */
const program = new Command('realfork')
  .description('Real fork, waitpid, sigaction and the socket calls for Node.js, and the servers of the textbooks')
  .version(version)
  .showHelpAfterError('(realfork --help lists the commands)')
  .addCommand(serveCommand())
  .addCommand(eintrCommand());

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`realfork: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
