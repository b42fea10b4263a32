import { version } from '../version';
import { benchCommand } from './bench';
import { command } from './command';
import { connectCommand } from './connect';
import { doctorCommand } from './doctor';
import { eintrCommand } from './eintr';
import { experimentCommand } from './experiment';
import { figuresCommand } from './figures';
import { labCommand } from './lab';
import { reportCommand } from './report';
import { runCommand } from './run';
import { serveCommand } from './serve';
import { watchCommand } from './watch';

/** The command `realfork`: one file per subcommand. */
export const program = command('realfork')
  .description('Real fork, waitpid, sigaction and the socket calls for Node.js, and the servers of the textbooks')
  .version(version)
  .enablePositionalOptions()
  .addCommand(serveCommand())
  .addCommand(connectCommand())
  .addCommand(eintrCommand())
  .addCommand(experimentCommand())
  .addCommand(figuresCommand())
  .addCommand(doctorCommand())
  .addCommand(watchCommand())
  .addCommand(reportCommand())
  .addCommand(labCommand())
  .addCommand(runCommand())
  .addCommand(benchCommand());
