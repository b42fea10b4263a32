import { version } from '../version';
import { command } from './command';
import { connectCommand } from './connect';
import { eintrCommand } from './eintr';
import { reportCommand } from './report';
import { runCommand } from './run';
import { serveCommand } from './serve';

/** The command `realfork`: one file per subcommand. */
export const program = command('realfork')
  .description('Real fork, waitpid, sigaction and the socket calls for Node.js, and the servers of the textbooks')
  .version(version)
  .enablePositionalOptions()
  .addCommand(serveCommand())
  .addCommand(connectCommand())
  .addCommand(eintrCommand())
  .addCommand(reportCommand())
  .addCommand(runCommand());
