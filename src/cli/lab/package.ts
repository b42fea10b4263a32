import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { nameOf } from '../../labs/check';
import type { Lab } from '../../labs/lab';
import { fileIn } from '../../labs/languages';
import type { Language } from '../../labs/submission';
import { command } from '../command';
import { labArgument, languageOption, mustBeThereIn } from './options';

interface PackageOptions {
  readonly language: Language;
  readonly output?: string;
  readonly node?: string;
}

function packageLab(lab: Lab, { language, output = `${nameOf(lab)}-autograder.zip`, node }: PackageOptions): void {
  mustBeThereIn(lab, language);
  const { autograderArchive } = require('../../labs/autograder') as typeof import('../../labs/autograder');
  const archive = autograderArchive(lab, language, node);
  writeFileSync(output, archive);
  const megabytes = (archive.length / 1e6).toFixed(1);
  process.stdout.write(
    `${output}: ${megabytes} MB, for lab ${lab.number}, ${lab.title}. Students hand in ${fileIn(lab, language)}.\n` +
      `${node === undefined ? 'Its setup.sh fetches a Node from nodejs.org; with --node it need not.\n' : ''}`,
  );
}

/** `realfork lab package`: what Gradescope makes an autograder of. */
export function packageCommand(): Command {
  return command('package')
    .description('Write an autograder for Gradescope: a zip file with setup.sh, run_autograder, and this package')
    .addArgument(labArgument())
    .addOption(languageOption())
    .option('-o, --output <file>', 'where to; if not said, NN-name-autograder.zip here')
    .option(
      '--node <file>',
      'put in a Node, as nodejs.org gives it (node-v22.*-linux-x64.tar.xz): nothing is fetched then',
    )
    .action(packageLab);
}
