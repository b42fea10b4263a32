import { InvalidArgumentError } from 'commander';
import { isServiceName, SERVICES, type Service } from '../../servers/services';

/** What loads files is loaded only for one. */
const byFile = () => require('../../servers/services/named') as typeof import('../../servers/services/named');

/** The value of --doit: a service's name, or a file that there is. */
export function service(text: string): string {
  const why = isServiceName(text) ? undefined : byFile().whyNoService(text);
  if (why !== undefined) throw new InvalidArgumentError(why);
  return text;
}

/** Goes on with the service, without a turn of the event loop where nothing has to be loaded. */
export function chosenService(name: string, goOn: (chosen: Service) => void): void | Promise<void> {
  return isServiceName(name) ? goOn(SERVICES[name]) : byFile().serviceNamed(name).then(goOn);
}
