import type { Unp } from '../unp/wrappers';
import type { Doit } from './figure-4.13';

/** What a server can do for its clients: `--doit NAME`. */

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The first 24 characters of ctime(3): "Fri Jan  5 09:03:07 2024", in the time zone of this machine. */
export function ctime(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  const day = String(date.getDate()).padStart(2, ' ');
  return `${DAYS[date.getDay()]} ${MONTHS[date.getMonth()]} ${day} ${time} ${date.getFullYear()}`;
}

const SERVICES = {
  /** Figure 5.3: what the client sends, until it sends no more. */
  echo: ({ str_echo }: Unp): Doit => str_echo,
  /** Figure 4.11: the date and time, in RFC 867's one line. */
  daytime:
    ({ Writen }: Unp): Doit =>
    (connfd) =>
      Writen(connfd, `${ctime(new Date())}\r\n`),
} as const satisfies Readonly<Record<string, (unp: Unp) => Doit>>;

export type ServiceName = keyof typeof SERVICES;

export const SERVICE_NAMES = Object.keys(SERVICES) as ServiceName[];

export function serviceNamed(name: ServiceName, unp: Unp): Doit {
  return SERVICES[name](unp);
}
