import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { nameOf } from '../../labs/check';
import type { Lab } from '../../labs/lab';
import { command } from '../command';
import { labArgument } from './options';

interface PackageOptions {
  readonly output?: string;
  readonly node?: string;
}

function packageLab(lab: Lab, { output = `${nameOf(lab)}-autograder.zip`, node }: PackageOptions): void {
  const { autograderArchive } = require('../../labs/autograder') as typeof import('../../labs/autograder');
  const archive = autograderArchive(lab, node);
  writeFileSync(output, archive);
  const megabytes = (archive.length / 1e6).toFixed(1);
  process.stdout.write(
    `${output}: ${megabytes} MB, for lab ${lab.number}, ${lab.title}. Students hand in ${lab.file}.\n` +
      `${node === undefined ? 'Its setup.sh fetches a Node from nodejs.org; with --node it need not.\n' : ''}`,
  );
}

/** `realfork lab package`: what Gradescope makes an autograder of. */
export function packageCommand(): Command {
  return command('package')
    .description('Write an autograder for Gradescope: a zip file with setup.sh, run_autograder, and this package')
    .addArgument(labArgument())
    .option('-o, --output <file>', 'where to; if not said, NN-name-autograder.zip here')
    .option(
      '--node <file>',
      'put in a Node, as nodejs.org gives it (node-v22.*-linux-x64.tar.xz): nothing is fetched then',
    )
    .action(packageLab);
}
