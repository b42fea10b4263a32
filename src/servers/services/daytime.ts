import type { Service } from './service';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The first 24 characters of ctime(3): "Fri Jan  5 09:03:07 2024", in the time zone of this machine. */
export function ctime(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  const day = String(date.getDate()).padStart(2, ' ');
  return `${DAYS[date.getDay()]} ${MONTHS[date.getMonth()]} ${day} ${time} ${date.getFullYear()}`;
}

const line = (): string => `${ctime(new Date())}\r\n`;

/** UNP Figure 4.11: the date and time, in RFC 867's one line. */
export const daytime = {
  doit: (connfd, { Writen }) => Writen(connfd, line()),
  rehearse: () => {},
  onConnection: (socket) => void socket.end(line()),
} satisfies Service;
