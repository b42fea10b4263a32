import { InvalidArgumentError } from 'commander';
import { isServiceName } from '../../servers/services';

/** The value of --doit: a service's name, or a file that there is. */
export function service(text: string): string {
  if (isServiceName(text)) return text;
  const { whyNoService } = require('../../servers/services/named') as typeof import('../../servers/services/named');
  const why = whyNoService(text);
  if (why !== undefined) throw new InvalidArgumentError(why);
  return text;
}
