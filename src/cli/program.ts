import { Command } from 'commander';
import { version } from '../version';
import { connectCommand } from './connect';
import { doctorCommand } from './doctor';
import { eintrCommand } from './eintr';
import { figuresCommand } from './figures';
import { serveCommand } from './serve';
import { watchCommand } from './watch';

/** The command `realfork`: one file per subcommand. */
export const program = new Command('realfork')
  .description('Real fork, waitpid, sigaction and the socket calls for Node.js, and the servers of the textbooks')
  .version(version)
  .showHelpAfterError('(realfork --help lists the commands)')
  .addCommand(serveCommand())
  .addCommand(connectCommand())
  .addCommand(eintrCommand())
  .addCommand(figuresCommand())
  .addCommand(doctorCommand())
  .addCommand(watchCommand());
